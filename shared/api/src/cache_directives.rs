//! What a caller wants of the cache, and of the form of its answer.

use std::time::Duration;

use headers::{CacheControl, Header};
use http::HeaderMap;
use http::header::{self, HeaderName, HeaderValue};

/// What a request says in `Cache-Control` (RFC 9111, 5.2.1) and
/// `Accept-Encoding`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CacheDirectives {
    /// `no-cache`, `no-store` or `max-age=0`: nothing that is kept will do.
    pub reads_past: bool,
    /// `no-store`: what is read is not kept either.
    pub no_store: bool,
    /// `only-if-cached`: nobody is to be asked.
    pub only_if_cached: bool,
    /// Whether the answer may be compressed.
    pub gzip: bool,
    max_age: Option<Duration>,
    min_fresh: Option<Duration>,
}

impl CacheDirectives {
    /// What these headers of a request say.
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let gzip = text(&header::ACCEPT_ENCODING).is_some_and(takes_gzip);
        let Some(directives) = text(&header::CACHE_CONTROL).and_then(directives) else {
            return Self { gzip, ..Self::default() };
        };
        let max_age = directives.max_age();
        Self {
            reads_past: directives.no_cache()
                || directives.no_store()
                || max_age == Some(Duration::ZERO),
            no_store: directives.no_store(),
            only_if_cached: directives.only_if_cached(),
            gzip,
            max_age,
            min_fresh: directives.min_fresh(),
        }
    }

    /// Whether something fresh of this age will do, which stays fresh so long.
    pub fn takes(&self, age: Duration, fresh_for: Duration) -> bool {
        !self.reads_past
            && self.max_age.is_none_or(|most| age <= most)
            && self.min_fresh.is_none_or(|least| fresh_for >= least)
    }
}

/// Directives are named in either case (RFC 9111, 5.2).
fn directives(text: &str) -> Option<CacheControl> {
    let value = HeaderValue::from_str(&text.to_ascii_lowercase()).ok()?;
    CacheControl::decode(&mut std::iter::once(&value)).ok()
}

/// Whether `Accept-Encoding` names gzip and does not rule it out (RFC 9110,
/// 12.5.3). Only by its name: callers that say `*` need not know it.
fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let refused = parts.any(|part| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.trim().parse() == Ok(0.0))
        });
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directives(name: &str, value: &str) -> CacheDirectives {
        let header = (name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        CacheDirectives::of(&HeaderMap::from_iter([header]))
    }

    #[test]
    fn reads_what_a_caller_wants_of_the_cache() {
        let takes = |value: &str, age: u64, fresh_for: u64| {
            let directives = directives("cache-control", value);
            directives.takes(Duration::from_secs(age), Duration::from_secs(fresh_for))
        };
        assert!(takes("", 59, 1) && takes("max-stale=5, x=y", 59, 1));
        assert!(!takes("no-cache", 0, 60) && !takes("No-Store", 0, 60));
        assert!(!takes("max-age=0", 0, 60));
        assert!(takes("max-age=30", 30, 30) && !takes("max-age=30", 31, 29));
        assert!(takes("min-fresh=10", 50, 10) && !takes("min-fresh=10", 51, 9));
        let only = directives("cache-control", "only-if-cached");
        assert!(only.only_if_cached && !only.reads_past);
        assert!(directives("cache-control", "no-store").no_store);
        assert!(!directives("cache-control", "no-cache").no_store);
    }

    #[test]
    fn compresses_for_who_names_gzip() {
        for (value, takes) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("deflate, br", false),
            ("*", false),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("x-gzip", false),
            ("", false),
        ] {
            assert_eq!(directives("accept-encoding", value).gzip, takes, "{value}");
        }
    }
}
