//! What a customer is shown of a listing, and what is the company's own.

use invoice::Comment;

use super::*;

fn customer(query: &str) -> Event {
    Event::get("/invoices", query).claims(&[("scope", "invoices/read"), ("customers", "[nue:a]")])
}

fn commented() -> Rig {
    let mut one = invoice("nue:1", "nue:a");
    let text = "Dunning: lawyers".to_owned();
    one.comments = vec![Comment { text, created_at: None, author: None }];
    Rig::over(FakeProvider::holding([one]))
}

#[tokio::test]
async fn a_customer_is_shown_no_comments_and_finds_nothing_by_them() {
    let rig = commented();
    for query in ["", "search=lawyers"] {
        let all = rig.answer(Event::get("/invoices", query)).await;
        assert_eq!(body(&all)["data"][0]["comments"][0]["text"], "Dunning: lawyers", "{query}");
    }
    for _ in ["missed", "hit"] {
        let own = body(&rig.answer(customer("")).await);
        assert_eq!(
            (&own["data"][0]["id"], &own["data"][0]["comments"]),
            (&json!("nue:1"), &json!([]))
        );
        let found = body(&rig.answer(customer("search=lawyers")).await);
        assert_eq!(found["data"], json!([]));
        assert_ne!(found["total"], 1);
    }
}

#[tokio::test]
async fn a_customer_is_refused_the_providers_own_object() {
    let rig = commented();
    let refused = rig.answer(customer("includes=lines,raw")).await;
    assert_eq!((refused.status().as_u16(), &body(&refused)["code"]), (403, &json!("forbidden")));
    assert_eq!(rig.answer(Event::get("/invoices", "includes=raw")).await.status(), 200);
    assert_eq!(rig.answer(customer("includes=lines")).await.status(), 200);
}
