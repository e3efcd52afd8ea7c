//! Which route a request takes, as API Gateway decides it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::template::Route;

/// The routes, most specific first.
#[derive(Debug)]
pub struct Router {
    routes: Vec<Pattern>,
}

/// A request's route and what its path filled in.
#[derive(Debug, PartialEq)]
pub struct Match<'r> {
    /// The route.
    pub route: &'r Route,
    /// `{id}` and its like, decoded.
    pub parameters: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Pattern {
    route: Route,
    segments: Vec<Segment>,
}

#[derive(Debug)]
enum Segment {
    Literal(String),
    Variable(String),
    Greedy(String),
}

impl Router {
    /// Orders the routes by how specific they are.
    pub fn new(routes: Vec<Route>) -> Self {
        let mut routes: Vec<Pattern> = routes.into_iter().map(Pattern::new).collect();
        routes.sort_by(Pattern::compare);
        Self { routes }
    }

    /// The most specific route for a path as it was sent, if any.
    pub fn find(&self, method: &Method, raw: &str) -> Option<Match<'_>> {
        self.routes.iter().find_map(|pattern| {
            let parameters = pattern.matches(method, raw)?;
            Some(Match { route: &pattern.route, parameters })
        })
    }
}

/// A path, or a segment of one, decoded; none where its bytes are not UTF-8.
///
/// Segments are parted before they are decoded, so that an encoded `/` or `?` is a
/// part of an id here. API Gateway is said to decode first: what it makes of such a
/// path is another path, and no function can tell. References therefore write these
/// characters in a form of their own, which passes any gateway (`invoice::Reference`).
pub fn decoded_path(raw: &str) -> Option<String> {
    percent_decode_str(raw).decode_utf8().ok().map(|decoded| decoded.into_owned())
}

impl Pattern {
    fn new(route: Route) -> Self {
        let segments = route.path.trim_start_matches('/').split('/').map(Segment::new).collect();
        Self { route, segments }
    }

    /// Paths first, segment by segment; then a named method before ANY; the
    /// default route last.
    fn compare(&self, other: &Self) -> Ordering {
        let default = |pattern: &Self| pattern.route.method.is_none();
        let any = |pattern: &Self| pattern.route.method.as_deref() == Some("ANY");
        let kinds = |pattern: &Self| pattern.segments.iter().map(Segment::rank).collect::<Vec<_>>();
        default(self)
            .cmp(&default(other))
            .then_with(|| kinds(self).cmp(&kinds(other)))
            .then_with(|| any(self).cmp(&any(other)))
    }

    fn matches(&self, method: &Method, raw: &str) -> Option<BTreeMap<String, String>> {
        match self.route.method.as_deref() {
            None => return Some(BTreeMap::new()),
            Some("ANY") => {}
            Some(own) => (own == method.as_str()).then_some(())?,
        }
        let mut parameters = BTreeMap::new();
        let mut rest = Some(raw.strip_prefix('/')?);
        for segment in &self.segments {
            let text = rest?;
            let (first, after) = match text.split_once('/') {
                Some((first, after)) => (first, Some(after)),
                None => (text, None),
            };
            rest = match segment {
                Segment::Literal(literal) => (*literal == decoded_path(first)?).then_some(after)?,
                // An empty segment does not fill a variable.
                _ if first.is_empty() => return None,
                Segment::Variable(name) => {
                    parameters.insert(name.clone(), decoded_path(first)?);
                    after
                }
                Segment::Greedy(name) => {
                    parameters.insert(name.clone(), decoded_path(text)?);
                    None
                }
            };
        }
        rest.is_none().then_some(parameters)
    }
}

impl Segment {
    fn new(text: &str) -> Self {
        let name = text.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
        match name.map(|name| (name, name.strip_suffix('+'))) {
            Some((_, Some(greedy))) => Self::Greedy(greedy.to_owned()),
            Some((name, None)) => Self::Variable(name.to_owned()),
            None => Self::Literal(text.to_owned()),
        }
    }

    /// The lower, the more specific.
    fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Variable(_) => 1,
            Self::Greedy(_) => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Authorization;

    fn router(keys: &[&str]) -> Router {
        let routes = keys.iter().map(|key| {
            let (method, path) =
                key.split_once(' ').map_or((None, "$default"), |(m, p)| (Some(m.to_owned()), p));
            Route {
                method,
                path: path.to_owned(),
                function: String::new(),
                authorization: Authorization::Open,
            }
        });
        Router::new(routes.collect())
    }

    #[test]
    fn takes_the_most_specific_route() {
        // The example of API Gateway's own documentation, in another order.
        let routes = [
            "$default",
            "ANY /{proxy+}",
            "GET /pets/{proxy+}",
            "GET /pets/dog/{id}",
            "GET /pets/dog/1",
        ];
        let router = router(&routes);
        let cases = [
            (Method::GET, "/pets/dog/1", "GET /pets/dog/1"),
            (Method::GET, "/pets/dog/2", "GET /pets/dog/{id}"),
            (Method::GET, "/pets/cat/1", "GET /pets/{proxy+}"),
            (Method::POST, "/test/5", "ANY /{proxy+}"),
            (Method::POST, "/", "$default"),
        ];
        for (method, path, expected) in cases {
            assert_eq!(router.find(&method, path).unwrap().route.key(), expected, "{path}");
        }
    }

    #[test]
    fn prefers_a_named_method_and_a_literal() {
        let router = router(&["ANY /a", "GET /a", "POST /{x}/activate", "POST /a/{y}"]);
        assert_eq!(router.find(&Method::GET, "/a").unwrap().route.key(), "GET /a");
        assert_eq!(router.find(&Method::PUT, "/a").unwrap().route.key(), "ANY /a");
        assert_eq!(router.find(&Method::POST, "/a/activate").unwrap().route.key(), "POST /a/{y}");
    }

    #[test]
    fn fills_path_parameters() {
        let router = router(&["GET /invoices/{id}", "GET /files/{name+}"]);
        let found = |path: &str| router.find(&Method::GET, path).map(|found| found.parameters);
        let one =
            |key: &str, value: &str| Some(BTreeMap::from([(key.to_owned(), value.to_owned())]));
        assert_eq!(found("/invoices/nue:1"), one("id", "nue:1"));
        assert_eq!(found("/files/a/b/"), one("name", "a/b/"));
        for path in ["/invoices", "/invoices/", "/invoices/1/", "/invoices/1/x", "/files/", "x", ""]
        {
            assert_eq!(found(path), None, "{path}");
        }
        assert_eq!(router.find(&Method::POST, "/invoices/1"), None);
    }

    #[test]
    fn an_encoded_slash_or_question_mark_is_part_of_an_id() {
        assert_eq!(decoded_path("/invoices/nue%3A1").as_deref(), Some("/invoices/nue:1"));
        assert_eq!(decoded_path("/a%20b/c%25d").as_deref(), Some("/a b/c%d"));
        let router = router(&["GET /invoices/{id}"]);
        for (raw, id) in [("c:a%2Fb", "c:a/b"), ("c:a%3Fb", "c:a?b"), ("c:a%25b", "c:a%b")] {
            let found = router.find(&Method::GET, &format!("/invoices/{raw}")).unwrap();
            assert_eq!(found.parameters["id"], id);
        }
        assert_eq!(decoded_path("/%FF"), None);
    }
}
