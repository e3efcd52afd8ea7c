//! Eight callers who activate and cancel the same invoices and repeat themselves,
//! while everything that can fail fails: what was told is held to what was done.
//!
//! `STORM_SECONDS` makes it longer, and `STORM_SEED` is what it is drawn from.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::{Value, json};

use crate::http::Answer;
use crate::proxy::{FaultRates, Proxy};
use crate::stack::{PATIENCE, Stack};
use crate::writing::{applied, drafts, keyed};

const CALLERS: usize = 8;
/// The connections that can be written to.
const WRITABLE: [&str; 3] = ["fusebill", "nue", "simplepin"];
/// How many wishes come up in each second, and how many the callers repeat at a time.
const WISHES_A_SECOND: u64 = 6;
const AT_A_TIME: usize = 40;
/// How many drafts of each connection the wishes of a while quarrel about.
const DRAFTS: usize = 8;
/// A write that nobody answered for is left to its provider for so long.
const UNSETTLED_SECONDS: u64 = 6;
/// How long after its answer a provider carries a write out: well before that.
const LATE_MS: u64 = 1_500;
/// How long a function may take for a call.
const TIMEOUT: u64 = 10;

/// What a caller wants done once, however often it is asked for.
struct Wish {
    key: String,
    action: &'static str,
    /// The invoices, by their canonical references.
    invoices: Vec<String>,
    target: String,
    body: Value,
}

/// What was told of an invoice, once it is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Applied,
    Unchanged,
    /// Applied or unchanged: the form for one invoice does not say which.
    AsAsked,
    Rejected,
    /// `unknown`, and not to be asked again.
    NeverKnown,
}

/// What is told of an invoice: none while asking again may tell more.
type Line = (String, Option<Told>);

impl Wish {
    /// A wish for one invoice or several of `invoices`, spelled in a case of its own.
    fn draw(number: usize, invoices: &[&String], rng: &mut Rng) -> Self {
        let action = if rng.u8(0..3) < 2 { "activate" } else { "cancel" };
        let mut meant = BTreeSet::new();
        let is_single = rng.u8(0..3) == 0;
        let count = if is_single { 1 } else { rng.usize(2..6) };
        while meant.len() < count {
            meant.insert((*rng.choice(invoices).unwrap()).clone());
        }
        let mut meant: Vec<String> = meant.into_iter().collect();
        rng.shuffle(&mut meant);
        let spelled: Vec<String> = meant.iter().map(|id| spelled(id, rng)).collect();
        let comment = mark(number);
        let (target, body) = if is_single {
            (format!("/invoices/{}/{action}", spelled[0]), json!({ "comment": comment }))
        } else {
            let body = json!({ "invoiceIds": spelled, "comment": comment });
            (format!("/invoices/{action}"), body)
        };
        Self { key: format!("wish-{number}"), action, invoices: meant, target, body }
    }

    fn ask(&self, stack: &Stack) -> Vec<Line> {
        self.lines(&keyed(stack, &self.target, &self.key, &self.body))
    }

    fn is_single(&self) -> bool {
        self.body["invoiceIds"].is_null()
    }

    /// What an answer tells of each invoice; nothing where it is of the request alone.
    fn lines(&self, answer: &Answer) -> Vec<Line> {
        // A function that was not done in time.
        if answer.header("content-type").is_none_or(|kind| !kind.contains("json")) {
            return Vec::new();
        }
        let body = answer.json();
        if !self.is_single() {
            let results = body["results"].as_array().map_or(&[][..], Vec::as_slice);
            assert!(results.is_empty() || results.len() == self.invoices.len(), "{body}");
            return self.invoices.iter().cloned().zip(results.iter().map(told)).collect();
        }
        let told = match answer.status {
            200 => Some(Told::AsAsked),
            202 => told(&body),
            _ if body["outcome"] == "rejected" => settled(&body["outcome"], &body),
            _ => return Vec::new(),
        };
        vec![(self.invoices[0].clone(), told)]
    }
}

/// What marks the comment of a wish.
fn mark(number: usize) -> String {
    format!("<wish {number}>")
}

/// A provider whose ids are UUIDs takes them in any case.
fn spelled(reference: &str, rng: &mut Rng) -> String {
    let (connection, id) = reference.split_once(':').unwrap();
    if connection == "fusebill" {
        return reference.to_owned();
    }
    let mut cased = |c: char| if rng.bool() { c.to_ascii_uppercase() } else { c };
    let id: String = id.chars().map(&mut cased).collect();
    format!("{connection}:{id}")
}

fn told(result: &Value) -> Option<Told> {
    settled(&result["outcome"], &result["problem"])
}

fn settled(outcome: &Value, problem: &Value) -> Option<Told> {
    let is_final = problem["retryable"] == false;
    match outcome.as_str().unwrap() {
        "applied" => Some(Told::Applied),
        "unchanged" => Some(Told::Unchanged),
        "rejected" => Some(Told::Rejected).filter(|_| is_final),
        "unknown" => Some(Told::NeverKnown).filter(|_| is_final),
        other => panic!("{other}"),
    }
}

/// All that was told: by wish and invoice, what it settled to.
#[derive(Default)]
struct Record {
    settled: BTreeMap<(usize, String), Told>,
    open: usize,
}

impl Record {
    /// What was settled once stays so.
    fn add(&mut self, wish: usize, lines: Vec<Line>) {
        for (invoice, told) in lines {
            let Some(told) = told else {
                self.open += 1;
                continue;
            };
            let place = (wish, invoice);
            let before = *self.settled.entry(place.clone()).or_insert(told);
            assert_eq!(before, told, "{place:?}: told otherwise before");
        }
    }

    fn join(&mut self, other: Self) {
        self.open += other.open;
        for ((wish, invoice), told) in other.settled {
            self.add(wish, vec![(invoice, Some(told))]);
        }
    }

    fn of(&self, invoice: &str, wishes: &[Wish], action: &str, told: Told) -> u64 {
        let lines = self.settled.iter().filter(|((wish, of), now)| {
            of == invoice && wishes[*wish].action == action && **now == told
        });
        lines.count().try_into().unwrap()
    }
}

/// Says how to see it again, where the test fails.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("the storm's seed: STORM_SEED={}", self.0);
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

fn set_faults(stack: &Stack, connection: &str) {
    let mut faults = vec![
        json!({"kind": "statusThenApply", "status": 504, "delayMs": LATE_MS, "probability": 0.15}),
        json!({"kind": "applyThenDrop", "probability": 0.08}),
        json!({"kind": "applyThenCut", "probability": 0.05}),
        json!({"kind": "applyThenStatus", "status": 502, "probability": 0.04}),
        json!({"kind": "dropBefore", "probability": 0.06}),
    ];
    if connection == "nue" {
        faults.push(json!({"kind": "halfBulkRefused", "probability": 0.06}));
    }
    for fault in &mut faults {
        for operation in ["activate", "cancel"] {
            fault["operation"] = json!(operation);
            stack.control("PUT", &format!("{connection}/faults"), fault);
        }
    }
}

/// The wishes, each for some of the drafts that are its neighbours.
fn wishes(drafts: &[Vec<String>], count: usize, rng: &mut Rng) -> Vec<Wish> {
    let draw = |number| {
        let near = drafts.iter().flat_map(|drafts| {
            let from = number * drafts.len().saturating_sub(DRAFTS) / count;
            drafts.iter().skip(from).take(DRAFTS)
        });
        Wish::draw(number, &near.collect::<Vec<_>>(), rng)
    };
    (0..count).map(draw).collect()
}

/// One caller: wishes at random, as they come up, and each again and again.
fn caller(stack: &Stack, wishes: &[Wish], mut rng: Rng, time: Duration) -> Record {
    let (mut record, begun) = (Record::default(), Instant::now());
    while begun.elapsed() < time {
        let of_all =
            u128::try_from(wishes.len()).unwrap() * begun.elapsed().as_millis() / time.as_millis();
        let newest = usize::try_from(of_all).unwrap();
        let oldest = newest.saturating_sub(AT_A_TIME);
        let at = rng.usize(oldest..=newest.min(wishes.len() - 1));
        record.add(at, wishes[at].ask(stack));
    }
    record
}

/// Repeats every wish until nothing of it is open.
fn settle(stack: &Stack, wishes: &[Wish], share: usize) -> Record {
    let mut record = Record::default();
    let end = Instant::now() + PATIENCE;
    for (at, wish) in wishes.iter().enumerate().skip(share).step_by(CALLERS) {
        loop {
            let lines = wish.ask(stack);
            let is_settled = !lines.is_empty() && lines.iter().all(|(_, told)| told.is_some());
            record.add(at, lines.clone());
            if is_settled {
                break;
            }
            assert!(Instant::now() < end, "{} stays open: {lines:?}", wish.key);
            thread::sleep(Duration::from_millis(200));
        }
    }
    record
}

/// In all of a storm, by eight threads.
fn by_all(one: impl Fn(usize) -> Record + Sync) -> Record {
    let mut record = Record::default();
    thread::scope(|scope| {
        let one = &one;
        let callers: Vec<_> = (0..CALLERS).map(|share| scope.spawn(move || one(share))).collect();
        for caller in callers {
            record.join(caller.join().unwrap());
        }
    });
    record
}

#[test]
fn in_the_worst_storm_each_wish_is_done_once_and_told_truly() {
    let seed = Seed(number("STORM_SEED").unwrap_or_else(|| fastrand::u64(..1_000_000)));
    let time = Duration::from_secs(number("STORM_SECONDS").unwrap_or(30));
    let mut rng = Rng::with_seed(seed.0);
    let proxy = Proxy::start(rng.u64(..));
    let count = usize::try_from(time.as_secs() * WISHES_A_SECOND).unwrap();
    let stack = Stack::start(&[
        "--invoices",
        &(time.as_secs() * 25).clamp(700, 150_000).to_string(),
        "--seed",
        &seed.0.to_string(),
        "--template",
        &proxy.template("storm.yaml", TIMEOUT),
        "--parameter",
        &format!("UnsettledSeconds={UNSETTLED_SECONDS}"),
    ]);
    proxy.lead_to(&stack);
    let drafts = WRITABLE.map(|connection| drafts(&stack, connection));
    assert!(drafts.iter().all(|drafts| drafts.len() > DRAFTS));
    let wishes = wishes(&drafts, count, &mut rng);
    for connection in WRITABLE {
        set_faults(&stack, connection);
    }
    proxy.set(FaultRates { throttling: 0.04, hanging: 0.3 });
    let seeds: Vec<u64> = (0..CALLERS).map(|_| rng.u64(..)).collect();
    let mut record = by_all(|share| caller(&stack, &wishes, Rng::with_seed(seeds[share]), time));
    let (stormy, open) = (record.settled.len(), record.open);
    let (throttled, hung) = proxy.struck();
    for connection in WRITABLE {
        stack.control("DELETE", &format!("{connection}/faults"), &Value::Null);
    }
    proxy.set(FaultRates::default());
    record.join(by_all(|share| settle(&stack, &wishes, share)));
    println!(
        "{stormy} outcomes settled in the storm of {}, {open} times one was open; {throttled} calls throttled, {hung} calls of the bus never answered",
        record.settled.len()
    );
    assert!(throttled > 0 && hung > 0 && open > 0, "there was no storm");
    for (connection, drafts) in WRITABLE.iter().zip(&drafts) {
        hold_to_counts(&stack, connection, drafts, &wishes, &record);
    }
    hold_to_comments(&stack, &wishes, &record);
}

/// As often as a connection's invoices were written, so often it was told.
fn hold_to_counts(
    stack: &Stack,
    connection: &str,
    invoices: &[String],
    wishes: &[Wish],
    record: &Record,
) {
    let writes = stack.control("GET", &format!("{connection}/writes"), &Value::Null).json();
    let missed = writes.pointer("/invoices").unwrap().as_array().unwrap().iter();
    let missed: Vec<&Value> = missed.filter(|one| one.to_string().contains("missed")).collect();
    assert!(missed.is_empty(), "something was sent while this was under way: {missed:?}");
    for action in ["activate", "cancel"] {
        let times = applied(stack, connection, action);
        for invoice in invoices {
            let told = |told| record.of(invoice, wishes, action, told);
            let done = times.get(invoice).copied().unwrap_or_default();
            let (least, may_be) =
                (told(Told::Applied), told(Told::AsAsked) + told(Told::NeverKnown));
            assert!(
                (least..=least + may_be).contains(&done),
                "{invoice}: {action} done {done} times, told {least} times, or {may_be} more"
            );
            assert!(done > 0 || told(Told::Unchanged) + told(Told::AsAsked) == 0, "{invoice}");
        }
    }
}

/// Nue keeps the comment of each write: what wish was done, and how often.
fn hold_to_comments(stack: &Stack, wishes: &[Wish], record: &Record) {
    let held = stack.control("GET", "nue/invoices", &Value::Null).json();
    let comments: BTreeMap<String, String> = held
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let id = format!("nue:{}", one["id"].as_str().unwrap());
            (id, one["invoice"]["comments"].as_str().unwrap_or_default().to_owned())
        })
        .collect();
    for ((wish, invoice), told) in &record.settled {
        let Some(comments) = comments.get(invoice) else { continue };
        let done = comments.matches(&mark(*wish)).count();
        let is_true = match told {
            Told::Applied | Told::AsAsked | Told::Unchanged => done == 1,
            Told::Rejected => done == 0,
            Told::NeverKnown => done <= 1,
        };
        assert!(
            is_true,
            "{}: {} of {invoice} is told {told:?}, and was done {done} times",
            wishes[*wish].key, wishes[*wish].action
        );
    }
}
