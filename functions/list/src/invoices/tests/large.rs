//! Listings that are larger than one answer may be.

use invoice::Comment;

use super::*;

/// What Lambda answers at most, as its response is written.
const LAMBDA: usize = 6 * 1024 * 1024;

/// Invoices with comments of so many bytes each; every fourth byte is a quote,
/// which takes two bytes of JSON, and three where that is a text.
fn commented(sizes: &[usize]) -> FakeProvider {
    let invoices = sizes.iter().enumerate().map(|(number, size)| {
        let mut one = invoice(&format!("nue:{number:03}"), "nue:a");
        one.number = Some(format!("{number:03}"));
        let text = "abc\"".repeat(size / 4);
        one.comments = vec![Comment { text, created_at: None, author: None }];
        one
    });
    FakeProvider::holding(invoices)
}

/// The bytes that a response takes on its way.
fn carried(response: &Response<Body>) -> usize {
    match response.body() {
        Body::Text(text) => serde_json::to_string(text).unwrap().len(),
        Body::Binary(bytes) => bytes.len().div_ceil(3) * 4,
        _ => 0,
    }
}

async fn pages(rig: &Rig, query: &str, gzip: bool) -> Vec<Value> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let event = Event::get("/invoices", &format!("{query}{cursor}"));
        let event = if gzip { event.header("accept-encoding", "gzip") } else { event };
        let response = rig.answer(event).await;
        assert_eq!(response.status(), 200, "{query}");
        assert!(carried(&response) < LAMBDA, "{query}: {}", carried(&response));
        let page = match response.body() {
            Body::Binary(bytes) => serde_json::from_reader(GzDecoder::new(&bytes[..])).unwrap(),
            _ => body(&response),
        };
        let next = page["nextCursor"].as_str().map(|next| format!("&cursor={next}"));
        assert_eq!(page["hasMore"], next.is_some());
        pages.push(page);
        let Some(next) = next else { return pages };
        cursor = next;
    }
}

fn ids(pages: &[Value]) -> Vec<String> {
    let all = pages.iter().flat_map(|page| page["data"].as_array().unwrap());
    all.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_page_ends_before_it_is_too_large_and_the_cursor_goes_on() {
    let rig = Rig::over(commented(&[60_000; 200]));
    for query in ["limit=200", "limit=200&sort=number"] {
        for gzip in [false, true] {
            let pages = pages(&rig, query, gzip).await;
            let expected: Vec<String> = (0..200).map(|number| format!("nue:{number:03}")).collect();
            assert_eq!(ids(&pages), expected, "{query}");
            assert!(pages.len() < 8, "{query}: {} pages", pages.len());
        }
    }
}

#[tokio::test]
async fn an_invoice_that_no_answer_holds_is_told_and_passed_over() {
    let rig = Rig::over(commented(&[10, 5_000_000, 10, 10]));
    for query in ["limit=2", "limit=2&sort=number"] {
        let pages = pages(&rig, query, false).await;
        assert_eq!(ids(&pages), ["nue:000", "nue:002", "nue:003"], "{query}");
        let told: Vec<&Value> = pages
            .iter()
            .map(|page| &page["sources"][0])
            .filter(|source| source["status"] == "partial")
            .collect();
        assert_eq!(told.len(), 1, "{query}");
        assert_eq!(told[0]["leftOut"]["count"], 1);
        let reason = told[0]["leftOut"]["reason"].as_str().unwrap();
        assert!(reason.contains("nue:001"), "{reason}");
    }
}
