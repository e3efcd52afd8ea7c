//! What a self-service customer is shown of the invoice that it writes to.

use std::time::Duration;

use api::BulkAction;
use invoice::Comment;
use lambda_http::{Body, Response};
use provider_client::provider::View;
use provider_client::{Deadline, Provider};
use serde_json::{Value, json};

use super::{ID, Stage};
use crate::answer::tag;
use crate::call::Call;
use crate::testing::Event;

const CUSTOMER: [(&str, &str); 3] =
    [("sub", "jane"), ("scope", "invoices/write"), ("customers", "[fake:customer]")];

fn commented(single: bool) -> Stage {
    let mut draft = crate::testing::invoice(ID, "fake:customer");
    let text = "Dunning: lawyers".to_owned();
    draft.comments = vec![Comment { text, created_at: None, author: None }];
    Stage::holding(draft, single)
}

async fn activate(stage: &Stage, headers: &[(&str, &str)]) -> Response<Body> {
    let event = if stage.single {
        Event::post("/invoices/{id}/activate", "").parameter("id", ID)
    } else {
        Event::post("/invoices/activate", &json!({"invoiceIds": [ID]}).to_string())
    };
    let event = event.claims(&CUSTOMER).header("idempotency-key", "k");
    let event = headers.iter().fold(event, |event, (name, value)| event.header(name, value));
    let call = Call::new(event.request());
    if stage.single {
        call.answer(super::super::one(&stage.app, &call, BulkAction::Activate)).await.0
    } else {
        call.answer(super::super::many(&stage.app, &call, BulkAction::Activate)).await.0
    }
}

#[tokio::test]
async fn the_answer_to_a_customers_write_has_no_comments() {
    for single in [true, false] {
        let stage = commented(single);
        // The first time, and when it is told again.
        for _ in 0..2 {
            let response = activate(&stage, &[]).await;
            assert_eq!(response.status(), 200);
            let body = crate::testing::json(&response);
            let shown = if single { &body["invoice"] } else { &body["results"][0]["invoice"] };
            assert_eq!((&shown["id"], &shown["comments"]), (&json!(ID), &json!([])), "{body}");
        }
    }
}

#[tokio::test]
async fn a_customers_tag_is_of_what_a_customer_is_shown() {
    for single in [true, false] {
        let stage = commented(single);
        let by = Deadline::after(Duration::from_secs(5));
        let mut shown = stage.provider.get("inv-1", &View::default(), by).await.unwrap();
        let of_operators = tag(&serde_json::to_string(&shown).unwrap());
        shown.comments.clear();
        let of_customers = tag(&serde_json::to_string(&shown).unwrap());
        let refused = activate(&stage, &[("if-match", &of_operators)]).await;
        let body: Value = crate::testing::json(&refused);
        let problem = if single { &body } else { &body["results"][0]["problem"] };
        assert_eq!(problem["code"], "precondition_failed", "{body}");
        let stage = commented(single);
        let done = activate(&stage, &[("if-match", &of_customers)]).await;
        assert_eq!(done.status(), 200, "{}", crate::testing::json(&done));
    }
}
