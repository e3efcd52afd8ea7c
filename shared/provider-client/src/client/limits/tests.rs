//! When a call is let through, waits, or is refused.

use bytes::Bytes;
use futures::future::{join, join_all};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::*;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// `left` and `resets` are the minute's.
fn told(reply: &Reply) -> Vec<Window> {
    let number = |name| reply.header(name)?.parse::<u64>().ok();
    let window = number("left").zip(number("resets")).map(|(remaining, resets)| Window {
        name: "minute",
        remaining,
        resets_in: secs(resets),
    });
    window.into_iter().collect()
}

fn reply(status: u16, headers: &[(&'static str, u64)]) -> Reply {
    let header = |(name, value): &(&'static str, u64)| {
        (HeaderName::from_static(name), HeaderValue::from(*value))
    };
    Reply {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::from_iter(headers.iter().map(header)),
        body: Bytes::new(),
    }
}

async fn answered(limits: &Limits, reply: &Reply) {
    limits.enter(Deadline::after(secs(1))).await.unwrap().answered(reply);
}

fn window(name: &'static str, remaining: u64, resets: u64) -> Window {
    Window { name, remaining, resets_in: secs(resets) }
}

#[tokio::test(start_paused = true)]
async fn the_strictest_holds() {
    use LimitState::{Awaited, Free};
    let barred = |wait, window| LimitState::Barred(Barred { wait: secs(wait), window });
    let minute = Some("minute");
    for (windows, asked, under_way, limit_state) in [
        (vec![], None, 100, Free),
        (vec![window("minute", 1, 30)], None, 0, Free),
        (vec![window("minute", 2, 30)], None, 1, Free),
        (vec![window("minute", 2, 30)], None, 2, Awaited),
        (vec![window("minute", 0, 30)], None, 0, barred(30, minute)),
        (vec![window("minute", 0, 30)], None, 9, barred(30, minute)),
        (vec![window("minute", 0, 30), window("day", 7, 999)], None, 0, barred(30, minute)),
        (vec![window("minute", 0, 30), window("day", 0, 999)], None, 0, barred(999, Some("day"))),
        (vec![window("minute", 7, 30), window("day", 0, 999)], None, 0, barred(999, Some("day"))),
        (vec![window("minute", 0, 0)], None, 9, Free),
        (vec![], Some(20), 0, barred(20, None)),
        (vec![window("minute", 0, 30)], Some(20), 0, barred(30, minute)),
        (vec![window("minute", 0, 30)], Some(40), 0, barred(40, None)),
        (vec![], Some(u64::MAX), 0, barred(86_400, None)),
    ] {
        let mut state = State { under_way, ..State::default() };
        state.learn(&windows, asked.map(secs), Instant::now());
        assert_eq!(
            state.limit_state(Instant::now()),
            limit_state,
            "{windows:?} {asked:?} {under_way}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn answers_that_overtake_each_other_are_told_apart_by_their_window() {
    for (first, second, remaining, resets) in [
        // Of one window, told to the second: the least.
        ((5, 30), (4, 29), 4, 29),
        ((4, 30), (5, 30), 4, 30),
        ((0, 1), (3, 2), 0, 1),
        // The next window, and one of the last that comes late.
        ((0, 1), (49, 60), 49, 60),
        ((49, 60), (0, 1), 49, 60),
    ] {
        let mut state = State::default();
        for (remaining, resets) in [first, second] {
            state.learn(&[window("minute", remaining, resets)], None, Instant::now());
        }
        let known = &state.windows[0];
        let told = (known.remaining, known.until - Instant::now());
        assert_eq!(told, (remaining, secs(resets)), "{first:?} {second:?}");
    }
    let mut state = State::default();
    state.learn(&[window("minute", 0, 10)], None, Instant::now());
    tokio::time::advance(secs(10)).await;
    state.learn(&[window("minute", 50, 1)], None, Instant::now());
    assert_eq!(state.windows[0].remaining, 50, "that one is over");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_fits_the_time_left_is_waited_for_and_any_other_refused_at_once() {
    for (left, waited) in [(45, Some(30)), (31, Some(30)), (30, None), (10, None)] {
        let limits = Limits::new(told);
        answered(&limits, &reply(200, &[("left", 0), ("resets", 30)])).await;
        let begun = Instant::now();
        for clear in [false, true] {
            let deadline = Deadline::after(secs(left));
            let outcome = if clear {
                limits.clear(deadline).await
            } else {
                limits.enter(deadline).await.map(drop)
            };
            match waited {
                Some(waited) => {
                    assert_eq!((outcome, begun.elapsed()), (Ok(()), secs(waited)), "{left}");
                }
                None => {
                    let barred = Barred { wait: secs(30), window: Some("minute") };
                    assert_eq!(outcome, Err(Refused::Barred(barred)), "{left}");
                    assert_eq!(begun.elapsed(), Duration::ZERO, "{left}");
                }
            }
        }
    }
}

/// Forty at once, with nine calls left: nine are sent, and of the answers the
/// rest learn that there are no more.
#[tokio::test(start_paused = true)]
async fn calls_side_by_side_do_not_use_up_more_than_there_is() {
    let limits = &Limits::new(told);
    answered(limits, &reply(200, &[("left", 9), ("resets", 30)])).await;
    let sent = std::cell::Cell::new(0_u64);
    let calls = (0..40).map(async |_| {
        let call = limits.enter(Deadline::after(secs(10))).await?;
        sent.set(sent.get() + 1);
        let left = 9 - sent.get();
        sleep(secs(sent.get() % 3)).await;
        call.answered(&reply(200, &[("left", left), ("resets", 30)]));
        Ok::<(), Refused>(())
    });
    let outcomes = join_all(calls).await;
    assert_eq!(sent.get(), 9);
    let refused = outcomes.iter().filter(|it| matches!(it, Err(Refused::Barred(_)))).count();
    assert_eq!(refused, 31);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_is_taken_to_be_counted() {
    let limits = Limits::new(told);
    answered(&limits, &reply(200, &[("left", 1), ("resets", 30)])).await;
    let call = limits.enter(Deadline::after(secs(1))).await.unwrap();
    let awaited = limits.enter(Deadline::after(secs(1))).await;
    assert_eq!(awaited.err(), Some(Refused::NoTime), "what is under way may use it up");
    let waiting = limits.enter(Deadline::after(secs(5)));
    let giving_up = async {
        sleep(secs(1)).await;
        drop(call);
    };
    let (refused, ()) = join(waiting, giving_up).await;
    assert!(matches!(refused.err(), Some(Refused::Barred(_))));
}

#[tokio::test(start_paused = true)]
async fn only_a_429_has_the_whole_account_left_alone() {
    for (status, bars) in [(429, true), (503, false), (200, false)] {
        let limits = Limits::new(|_| Vec::new());
        answered(&limits, &reply(status, &[("retry-after", 7)])).await;
        let barred = bars.then_some(Barred { wait: secs(7), window: None });
        assert_eq!(limits.barred(), barred, "{status}");
    }
    let limits = Limits::new(|_| Vec::new());
    answered(&limits, &reply(429, &[])).await;
    assert_eq!(limits.barred(), None);
}
