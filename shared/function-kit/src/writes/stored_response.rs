//! Answers as they are kept: compressed, and split where an item cannot hold
//! them.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::answer::Answer;
use table::{Item, MOST_OF_ITEM};

const STATUS: &str = "status";
const HEADERS: &str = "headers";
const BODY: &str = "body";
/// How many items the body is split over; none, where it stands in the record.
const PARTS: &str = "parts";
/// The try that wrote the parts: those of another are never mixed in.
const PARTS_OF: &str = "partsOf";

/// Where an answer is kept.
pub(super) struct Place<'a> {
    pub at: &'a str,
    pub attempt: &'a str,
}

fn part_key(at: &str, attempt: &str, number: usize) -> String {
    format!("{at}#{attempt}#{number}")
}

/// What a record says of the answer, and the parts to put before it. `beside` is
/// what else of size the record holds.
pub(super) fn written(
    answer: &Answer,
    place: &Place<'_>,
    beside: usize,
) -> (Item, Vec<(String, Item)>) {
    // Texts alone: writing them cannot fail.
    let headers = serde_json::to_string(&answer.kept_headers()).unwrap_or_default();
    let item =
        Item::default().number(STATUS, i64::from(answer.status().as_u16())).text(HEADERS, headers);
    let body = pack(answer.body());
    if body.len() + beside <= MOST_OF_ITEM {
        return (item.bytes(BODY, body), Vec::new());
    }
    let parts: Vec<(String, Item)> = (1..)
        .zip(body.chunks(MOST_OF_ITEM))
        .map(|(number, part)| {
            let key = part_key(place.at, place.attempt, number);
            (key, Item::default().bytes(BODY, part.to_vec()))
        })
        .collect();
    let count = i64::try_from(parts.len()).unwrap_or(i64::MAX);
    (item.number(PARTS, count).text(PARTS_OF, place.attempt), parts)
}

/// The keys of the parts of the answer that `item` leads to.
pub(super) fn parts_of(at: &str, item: &Item) -> Vec<String> {
    let count = item.get_number(PARTS).and_then(|count| usize::try_from(count).ok());
    let attempt = item.get_text(PARTS_OF).unwrap_or_default();
    (1..=count.unwrap_or(0)).map(|number| part_key(at, attempt, number)).collect()
}

/// The answer of a record; none where a part of it is missing.
pub(super) fn read(item: &Item, parts: &[Option<Item>]) -> Option<Answer> {
    let status = u16::try_from(item.get_number(STATUS)?).ok()?;
    let headers: Vec<(String, String)> = invoice::json::read(item.get_text(HEADERS)?).ok()?;
    let body = if parts.is_empty() {
        unpack(item.get_bytes(BODY)?)?
    } else {
        let parts: Option<Vec<&[u8]>> =
            parts.iter().map(|part| part.as_ref()?.get_bytes(BODY)).collect();
        unpack(&parts?.concat())?
    };
    Answer::kept(status, &headers, body)
}

/// The text, compressed.
pub(crate) fn pack(text: &str) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to memory cannot fail.
    let _ = packed.write_all(text.as_bytes());
    packed.finish().unwrap_or_default()
}

/// The text again; none where it is not whole.
pub(crate) fn unpack(packed: &[u8]) -> Option<String> {
    let mut text = String::new();
    ZlibDecoder::new(packed).read_to_string(&mut text).ok()?;
    Some(text)
}
