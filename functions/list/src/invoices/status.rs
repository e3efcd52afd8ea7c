//! How the cache took part in an answer.

use std::time::Duration;

use lambda_http::http::HeaderName;

pub(super) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// How the cache took part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheUse {
    /// The cache gave a fresh listing.
    Hit,
    /// The cache had nothing.
    Miss,
    /// What it had was too old, or has been written over, or was not what the
    /// caller takes.
    Outdated,
    /// The cache had nothing; another request's reading arrived while this one waited
    /// for it.
    Collapsed,
    /// The cache gave an old listing, since the providers gave nothing.
    Stale,
    /// The caller read past it.
    Request,
    /// The cache is off, or failed.
    Bypass,
}

impl CacheUse {
    /// In the log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Outdated => "outdated",
            Self::Collapsed => "collapsed",
            Self::Stale => "stale",
            Self::Request => "request",
            Self::Bypass => "bypass",
        }
    }

    /// What `Cache-Status` says (RFC 9211) of an answer of this age that is fresh
    /// for `fresh` in all. Never `stored`: that is done once the caller has its
    /// answer, and may fail.
    pub(super) fn header(self, fresh: Duration, age: Duration) -> String {
        let how = match self {
            Self::Hit => "hit",
            Self::Stale => "hit; detail=stale-if-error",
            Self::Miss => "fwd=uri-miss",
            Self::Collapsed => "fwd=uri-miss; collapsed",
            Self::Outdated => "fwd=stale",
            Self::Request => "fwd=request",
            Self::Bypass => "fwd=bypass",
        };
        match self {
            Self::Hit | Self::Collapsed | Self::Stale => {
                let ttl = i128::from(fresh.as_secs()) - i128::from(age.as_secs());
                format!("invoice-bridge; {how}; ttl={ttl}")
            }
            _ => format!("invoice-bridge; {how}"),
        }
    }
}
