//! The one page: who to be.

use axum::response::{Html, IntoResponse, Response};
use http::header;

use super::personas::PERSONAS;

const PAGE: &str = include_str!("page.html");

/// Nothing on the page comes from elsewhere, nor may anybody frame it.
const OWN: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                   base-uri 'none'; frame-ancestors 'none'";

/// Shows the personas; the one that is picked is sent to `action`.
pub fn personas(action: &str, client: &str, before: &str) -> Response {
    let personas: String = PERSONAS
        .iter()
        .map(|one| {
            format!(
                "<button name=\"persona\" value=\"{}\"><b>{}</b><span>{}</span></button>\n",
                one.id, one.name, one.may
            )
        })
        .collect();
    show(&format!(
        "<h1>Sign in</h1><p>as somebody of this machine’s stack, to <b>{}</b>. There are no passwords here.</p>\
         <form method=\"post\" action=\"{}\">{before}{personas}</form>",
        escaped(client),
        escaped(action)
    ))
}

/// Shows a sentence.
pub fn sentence(title: &str, text: &str) -> Response {
    show(&format!("<h1>{}</h1><p>{}</p>", escaped(title), escaped(text)))
}

fn show(body: &str) -> Response {
    let page = PAGE.replace("<!-- body -->", body);
    ([(header::CONTENT_SECURITY_POLICY, OWN)], Html(page)).into_response()
}

/// Text as it stands in HTML, in an attribute or not.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
