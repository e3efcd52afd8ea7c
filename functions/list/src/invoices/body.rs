//! A listing as bytes: what is kept of it, and the answer made of that.
//!
//! The body's end is what became of each connection, which grows older; all
//! before it is kept compressed, and sent on as it is to who takes gzip.

use std::time::Duration;

use engine::listing::{Listing, MAX_BYTES, SerializedInvoice, Source, SourceStatus};
use function_kit::answer::{Answer, tag};
use invoice::{Code, Problem};
use jiff::Timestamp;
use lambda_http::http::header;
use metrics::counter;
use serde::Serialize;
use store::listing_cache::{Entry, Packed};

use super::status::{CACHE_STATUS, CacheUse};
use super::{ListRequest, Listed};

/// A body's beginning: all but what became of each connection.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Beginning<'a> {
    data: &'a [SerializedInvoice],
    has_more: bool,
    next_cursor: Option<&'a str>,
    total: Option<u64>,
}

/// A body, read from the providers just now.
pub(super) struct ListingBody {
    beginning: String,
    /// The body compressed in a hurry, where the caller takes it so; it is kept denser,
    /// once the caller has the answer.
    packed: Option<Packed>,
    about: About,
}

/// What there is to say of a body.
#[derive(Clone)]
struct About {
    sources: Vec<Source>,
    tag: String,
    next: Option<String>,
    fetched_at: Timestamp,
}

/// A body's beginning, in one of its forms.
enum Form<'a> {
    Text(&'a str),
    Packed(&'a Packed),
}

impl ListingBody {
    /// # Errors
    /// When it cannot be written: a fault of ours.
    pub fn of(listing: Listing, now: Timestamp, gzip: bool) -> Result<Self, Problem> {
        let beginning = Beginning {
            data: &listing.data,
            has_more: listing.has_more,
            next_cursor: listing.next_cursor.as_deref(),
            total: listing.total,
        };
        Self::beginning_with(&beginning, (listing.sources, listing.next_cursor.clone()), now, gzip)
    }

    /// The body of which all but what became of each connection is `beginning`.
    ///
    /// # Errors
    /// When it cannot be written: a fault of ours.
    pub fn beginning_with(
        beginning: &impl Serialize,
        (sources, next): (Vec<Source>, Option<String>),
        now: Timestamp,
        gzip: bool,
    ) -> Result<Self, Problem> {
        let mut beginning = json(beginning)?;
        // The object goes on.
        beginning.pop();
        let asked = sources.iter().filter_map(|source| source.fetched_at);
        let about = About {
            tag: tag(&[beginning.as_str(), &json(&timeless(&sources))?].concat()),
            fetched_at: asked.min().unwrap_or(now),
            sources,
            next,
        };
        let packed = if gzip { Packed::quick(beginning.as_bytes()) } else { None };
        Ok(Self { beginning, packed, about })
    }

    /// Of nothing that failed, and nothing old: others may be given it. What
    /// cannot be read is told of again and again, without asking for it.
    pub fn is_whole(&self) -> bool {
        use SourceStatus::{Ok, Partial, Unread};
        let is_whole = |source: &Source| matches!(source.status, Ok | Partial | Unread);
        self.about.sources.iter().all(is_whole)
    }

    /// Whether a cursor leads on from it.
    pub fn leads_on(&self) -> bool {
        self.about.next.is_some()
    }

    /// As it is kept. None where it cannot be.
    pub fn entry(self) -> Option<Entry> {
        Some(Entry {
            body: Packed::new(self.beginning.as_bytes())?,
            fetched_at: self.about.fetched_at,
            tag: self.about.tag,
            next: self.about.next,
            sources: json(&self.about.sources).ok()?,
        })
    }

    /// The answer.
    pub fn answer(&self, asked: &ListRequest<'_>, how: CacheUse) -> Result<Listed, Problem> {
        let form = self.packed.as_ref().map_or(Form::Text(&self.beginning), Form::Packed);
        let answer = self.about.clone().answer(&form, asked, how)?;
        let answer = answer
            .ok_or_else(|| Problem::new(Code::Internal, "a listing could not be compressed"))?;
        Ok(Listed { answer, cache: how })
    }
}

/// The answer of what is kept. None where it cannot be read after all.
pub(super) fn kept(entry: &Entry, asked: &ListRequest<'_>, how: CacheUse) -> Option<Listed> {
    let mut sources: Vec<Source> = invoice::json::read(&entry.sources).ok()?;
    if how == CacheUse::Stale {
        let was_read = |source: &&mut Source| {
            matches!(source.status, SourceStatus::Ok | SourceStatus::Partial)
        };
        let read = sources.iter_mut().filter(was_read);
        read.for_each(|source| source.status = SourceStatus::Stale);
    }
    let about = About {
        sources,
        tag: entry.tag.clone(),
        next: entry.next.clone(),
        fetched_at: entry.fetched_at,
    };
    let answer = about.answer(&Form::Packed(&entry.body), asked, how).ok()??;
    Some(Listed { answer, cache: how })
}

/// How long ago its providers were asked.
pub(super) fn age(fetched_at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(fetched_at)).unwrap_or_default()
}

impl About {
    /// 304 where the caller has it, else the body. None where that cannot be
    /// read.
    fn answer(
        mut self,
        form: &Form<'_>,
        asked: &ListRequest<'_>,
        how: CacheUse,
    ) -> Result<Option<Answer>, Problem> {
        let now = asked.app.listings.now();
        for source in &mut self.sources {
            source.age = source.fetched_at.map(|moment| age(moment, now).as_secs());
        }
        let as_of = match &asked.summary {
            Some(_) => {
                let oldest = self.sources.iter().filter_map(|source| source.fetched_at).min();
                format!(",\"asOf\":{}", json(&oldest.unwrap_or(self.fetched_at))?)
            }
            None => String::new(),
        };
        let ending = format!("{as_of},\"sources\":{}}}", json(&self.sources)?);
        // What is stale says so in its body: it is another than it was.
        let from_store = how == CacheUse::Stale;
        let mark = |encoded: bool| marked(&self.tag, from_store, encoded);
        let known = [false, true].into_iter().any(|encoded| asked.call.has(&mark(encoded)));
        let answer = if known {
            Some(Answer::written(String::new()).not_modified())
        } else {
            body(form, &ending, asked.directives.gzip)
        };
        let stale = self.sources.iter().any(|source| source.status == SourceStatus::Stale);
        count(how, stale);
        let age = age(self.fetched_at, now);
        let dressed = |answer: Answer| {
            let answer = answer
                .with(header::ETAG, &mark(asked.directives.gzip))
                .with(header::VARY, "accept-encoding")
                .with(header::AGE, &age.as_secs().to_string())
                .with(CACHE_STATUS, &how.header(asked.app.listings.fresh(), age));
            match &self.next {
                Some(cursor) => answer.with_next(asked.call, cursor),
                None => answer,
            }
        };
        Ok(answer.map(dressed))
    }
}

/// Counts how the cache took part in a listing, and whether any of it is old.
fn count(how: CacheUse, is_stale: bool) {
    match how {
        CacheUse::Hit | CacheUse::Collapsed => counter!("CacheHit").increment(1),
        CacheUse::Miss | CacheUse::Outdated | CacheUse::Stale => counter!("CacheMiss").increment(1),
        CacheUse::Request | CacheUse::Bypass => counter!("CacheBypass").increment(1),
    }
    counter!("CacheStale").increment(u64::from(is_stale));
}

fn body(form: &Form<'_>, ending: &str, gzip: bool) -> Option<Answer> {
    match form {
        Form::Packed(packed) => {
            let zipped = if gzip { Some(packed.gzip(ending.as_bytes())?) } else { None };
            // It travels in base64: what hardly shrinks would be too large.
            if let Some(zipped) = zipped.filter(|zipped| zipped.len() / 3 * 4 < MAX_BYTES) {
                return Some(Answer::zipped(zipped));
            }
            let text = String::from_utf8(packed.plain(ending.as_bytes())?).ok()?;
            Some(Answer::written(text))
        }
        Form::Text(beginning) => Some(Answer::written([beginning, ending].concat())),
    }
}

/// The tag of one form of a body: other bytes, another tag (RFC 9110, 8.8.3.3).
/// But for the moments in it: they pass, and what it says stays.
fn marked(tag: &str, stale: bool, encoded: bool) -> String {
    let bare = tag.trim_end_matches('"');
    let stale = if stale { "-stale" } else { "" };
    let encoded = if encoded { "-gzip" } else { "" };
    format!("{bare}{stale}{encoded}\"")
}

/// Without the moments: they change when nothing else does.
fn timeless(sources: &[Source]) -> Vec<Source> {
    let timeless = |source: &Source| Source { fetched_at: None, age: None, ..source.clone() };
    sources.iter().map(timeless).collect()
}

fn json(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|error| Problem::new(Code::Internal, error.to_string()))
}
