//! The same table where requests are signed with an AWS account's keys: the gateway
//! lets in who may call it, and whoever is let in is an operator.

use super::{CELLS, Subjects, ask, cell, rows};
use crate::stack::Stack;
use crate::tokens::{SIGNATURE, token};

/// The table's column of a caller with both scopes.
const BOTH: usize = 3;

#[test]
fn who_signs_a_request_may_do_what_an_operator_may_and_nobody_else_anything() {
    let invoices = ["--invoices", "120", "--require-token"];
    // The sandbox holds the same invoices whatever the mode.
    let subjects = Subjects::find(&Stack::start(&invoices), &token(&[]));
    let stack = Stack::start(&[&invoices[..], &["--parameter", "AuthMode=IAM"]].concat());
    let bearer = format!("Bearer {}", token(&[]));
    for (asked, cells) in rows(CELLS) {
        let whose = asked.rsplit_once(' ').unwrap().1;
        let told = |authorization, refused| {
            let subject = subjects.named(whose);
            cell(&ask(&stack, asked, subject, whose, authorization, refused), &subjects)
        };
        assert_eq!(told(None, true), "403", "{asked}, unsigned");
        assert_eq!(told(Some(bearer.as_str()), true), "403", "{asked}, with a token");
        assert_eq!(told(Some(SIGNATURE), false), cells[BOTH], "{asked}, signed");
    }
}
