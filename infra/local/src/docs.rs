//! The API's document, and a page to read and try it at: `/docs`. Swagger UI comes
//! out of this program itself; nothing is fetched from anywhere else.

use axum::Router;
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::get;
use http::header;
use serde_json::Value;
use swagger_ui_dist::{ApiDefinition, OpenApiSource};

/// Where the page is.
pub const PATH: &str = "/docs";

const YAML: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.yaml"));
const PAGE: &str = include_str!("docs/page.html");
const ASSETS: &str = "/docs/swagger-ui";

/// Has the browser keep what the page's own comment promises.
const OWN_ORIGIN: &str = "default-src 'none'; script-src 'self' 'unsafe-inline'; \
                          style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'";

/// Serves the document as YAML and as JSON, the page, and what the page needs.
pub fn router() -> Router {
    let assets = ApiDefinition {
        uri_prefix: ASSETS,
        api_definition: OpenApiSource::Uri("/openapi.yaml"),
        title: None,
    };
    Router::new()
        .route(PATH, get(page))
        .route("/docs/", get(|| async { Redirect::permanent(PATH) }))
        .route(
            "/openapi.yaml",
            get(|| async { ([(header::CONTENT_TYPE, "application/yaml")], YAML) }),
        )
        .route("/openapi.json", get(json))
        .merge(swagger_ui_dist::generate_routes(assets))
}

async fn page() -> impl IntoResponse {
    ([(header::CONTENT_SECURITY_POLICY, OWN_ORIGIN)], Html(PAGE))
}

async fn json() -> impl IntoResponse {
    // It is the document that the tests read: it can be read.
    let document: Value = yaml_serde::from_str(YAML).unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], document.to_string())
}
