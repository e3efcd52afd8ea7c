//! One invoice: by its id, as it is listed, as the provider sent it.

use std::collections::BTreeMap;

use invoice::{Include, Invoice};
use provider_client::ErrorKind;
use provider_client::provider::{Reading, Start, View};
use sandbox::ProviderKind;
use serde_json::value::RawValue;

use super::subject::{Exchange, Subject, shown, soon};

/// With all that the provider can include, once the listing is completed.
pub async fn get_gives_what_list_gives(subject: &Subject) {
    let includes: Vec<&str> = subject.capabilities().includes.iter().map(|it| it.word()).collect();
    let mut queries = vec![String::new()];
    if !includes.is_empty() {
        queries.push(format!("includes={}", includes.join(",")));
        queries.push(format!("includes={}&showZeroDollarCharges=false", includes.join(",")));
        queries.push(format!("includes={}&showTrackedItems=true", includes.join(",")));
    }
    for query in queries {
        let question = subject.question(&query, Reading::Whole);
        let listed: Vec<Invoice> = subject.walk(&question).await.into_iter().step_by(6).collect();
        let listed = subject.provider.complete(listed, &question.view, soon()).await.unwrap();
        assert!(listed.len() > 20, "{subject}");
        for listed in listed {
            let got = subject.get(listed.id.id(), &question.view).await.unwrap();
            assert_eq!(shown(&got), shown(&listed), "{subject} {query}");
        }
    }
}

/// `baseUrl` may lead to a folder of a host, with a slash behind it or without.
pub async fn an_address_keeps_its_path_however_it_ends(subject: &Subject) {
    let id = subject.truth().into_keys().next().unwrap();
    let base = subject.secret["baseUrl"].as_str().unwrap().trim_end_matches('/').to_owned();
    assert!(base.contains(&format!("/{subject}")), "{base} has no path to keep");
    for end in ["", "/"] {
        let mut secret = subject.secret.clone();
        secret["baseUrl"] = format!("{base}{end}").into();
        let other = subject.with_secret(secret);
        let read = other.get(&id, &View::default()).await.unwrap();
        assert_eq!(read.id.id(), id, "{subject} {end}");
        assert!(!other.first_page(soon()).await.unwrap().invoices.is_empty(), "{subject} {end}");
    }
}

/// In a list and alone. Of a list the keys are compared with the population's,
/// so that Nue's GraphQL is seen to select all of them.
pub async fn raw_is_what_the_provider_sent_byte_for_byte(subject: &Subject) {
    subject.watch();
    let truth = subject.truth();
    let question = subject.question("includes=raw", Reading::Whole);
    for part in subject.parts(&question) {
        let listed = subject.walk_part(&question, &part, Start::default()).await;
        let sent = objects(&subject.watched());
        for invoice in listed.iter().step_by(9) {
            let raw = invoice.raw.as_ref().unwrap().get();
            assert!(sent.contains(raw), "{subject} {}: not as sent", invoice.id);
            let record = fields(&truth[invoice.id.id()].json);
            let of = fields(raw);
            for (key, value) in &record {
                // Fusebill lists without charges unless it is one customer's (fusebill R10, R11).
                if subject.kind == ProviderKind::Fusebill && key.to_lowercase().ends_with("charges")
                {
                    continue;
                }
                assert_eq!(of.get(key), Some(value), "{subject} {} {key}", invoice.id);
            }
            if subject.kind == ProviderKind::Nue {
                assert_eq!(of.len(), 52, "{subject}");
            }
        }
    }
    for id in truth.keys().step_by(23) {
        let invoice = subject.get(id, &question.view).await.unwrap();
        let raw = invoice.raw.as_ref().unwrap().get();
        let sent = subject.watched();
        assert!(objects(&sent).contains(raw), "{subject} {id}: not as sent");
        let (record, of) = (fields(&truth[id].json), fields(raw));
        for (key, value) in &record {
            assert_eq!(of.get(key), Some(value), "{subject} {id} {key}");
        }
        // Alone it is the whole answer; the self-service edition has no such call.
        if subject.kind != ProviderKind::NueSelfService {
            assert_eq!(sent.last().unwrap().answer.trim(), raw, "{subject} {id}");
        }
        let without = subject.get(id, &View::default()).await.unwrap();
        assert!(without.raw.is_none(), "{subject}");
        let _ = subject.watched();
    }
    assert!(question.view.wants(Include::Raw));
}

/// Every JSON object that was sent, as its text.
fn objects(exchanges: &[Exchange]) -> std::collections::HashSet<String> {
    fn gather(raw: &RawValue, depth: usize, into: &mut std::collections::HashSet<String>) {
        if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
            items.into_iter().for_each(|item| gather(item, depth, into));
        } else if let Ok(fields) = serde_json::from_str::<BTreeMap<String, &RawValue>>(raw.get()) {
            into.insert(raw.get().to_owned());
            if depth > 0 {
                fields.into_values().for_each(|field| gather(field, depth - 1, into));
            }
        }
    }
    let mut found = std::collections::HashSet::new();
    for exchange in exchanges {
        gather(serde_json::from_str(&exchange.answer).unwrap(), 2, &mut found);
    }
    found
}

/// The fields of an object, each as its exact text.
fn fields(object: &str) -> BTreeMap<String, String> {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(object).unwrap();
    fields.into_iter().map(|(key, raw)| (key, raw.get().to_owned())).collect()
}

pub async fn an_unknown_id_is_not_found(subject: &Subject) {
    for id in
        ["1", "draft.1", "nope", "00000000-0000-4000-8000-000000000000", "inv_00000000000000000000"]
    {
        let error = subject.get(id, &View::default()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{subject} {id}: {error}");
        assert_eq!(invoice::Problem::from(&error).code, invoice::Code::InvoiceNotFound);
    }
    assert_eq!(subject.strange_calls(), 0, "{subject}");
}

/// An id is sent as one segment or one value, or not at all: the call has the form of
/// any other.
pub async fn an_id_is_never_a_path_nor_syntax(subject: &Subject) {
    subject.watch();
    let truth = subject.truth();
    let known = truth.keys().nth(40).unwrap();
    subject.get(known, &View::default()).await.unwrap();
    let sound = forms(&subject.watched());
    for id in [
        ".",
        "..",
        "../..",
        "a/b",
        "/",
        "//",
        "x?y=z",
        "?page=1",
        "x&uuid=y",
        "x#y",
        "\"",
        "'",
        "a\"b",
        "a;b",
        ";",
        "a:b|c",
        "%2e%2e",
        "%2F",
        "..%2F..",
        "a b",
        " ",
        "\\",
        "..\\..",
        "[empty]",
        "*",
        "ü",
        "0",
        "-1",
        "1e3",
        "draft.",
        "draft...",
        "draft.1/2",
        "draft.draft.1",
        "x\u{7f}y",
        ".\t.",
        "x\ty",
        "x\n",
    ] {
        // Behind a known id, as well.
        for id in [id.to_owned(), format!("{known}{id}")] {
            let got = subject.get(&id, &View::default()).await;
            let error = got.err().unwrap_or_else(|| panic!("{subject}: {id:?} was found"));
            assert_eq!(error.kind, ErrorKind::NotFound, "{subject} {id:?}: {error}");
            let sent = subject.watched();
            assert!(sent.len() <= sound.len(), "{subject} {id:?}: {sent:?}");
            for form in forms(&sent) {
                assert!(sound.contains(&form), "{subject} {id:?}: {sent:?}");
            }
        }
    }
    assert_eq!(subject.strange_calls(), 0, "{subject}");
}

/// How a call looks, whatever its values: segments of its path, keys of its
/// query, and no body.
fn forms(exchanges: &[Exchange]) -> Vec<(usize, Vec<String>)> {
    let form = |exchange: &Exchange| {
        assert_eq!(exchange.body, "", "{exchange:?}");
        let pairs = url::form_urlencoded::parse(exchange.query.as_bytes());
        let keys = pairs.map(|(key, _)| key.into_owned()).collect();
        (exchange.path.split('/').count(), keys)
    };
    exchanges.iter().map(form).collect()
}
