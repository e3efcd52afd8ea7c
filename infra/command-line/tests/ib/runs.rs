//! Writes: previewed, asked about, on disk before they are sent, and never done twice.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::fake::{Asked, Fake, connections, page, problem, results};
use crate::support::{Ended, Ib, Stack, text, wait_until};

/// The writes among what was asked: what is no dry run.
fn writes(fake: &Fake) -> Vec<Asked> {
    fake.asked()
        .into_iter()
        .filter(|asked| asked.method == "POST" && asked.body["dryRun"] != true)
        .collect()
}

/// An API of so many drafts, which answers each write so.
fn drafts(
    count: usize,
    answer: impl Fn(&Asked, usize) -> (u16, Value) + Send + Sync + 'static,
) -> Fake {
    let writes = std::sync::atomic::AtomicUsize::new(0);
    let ids: Vec<String> = (0..count).map(|n| format!("nue:{n}")).collect();
    Fake::new(move |asked, _| match asked.target.as_str() {
        "/connections" => (200, connections()),
        _ if asked.method == "GET" => {
            (200, page(&ids.iter().map(String::as_str).collect::<Vec<_>>(), None))
        }
        _ if asked.body["dryRun"] == true => (200, results(asked, "applied", json!(null))),
        _ => answer(asked, writes.fetch_add(1, std::sync::atomic::Ordering::SeqCst)),
    })
}

fn applied(asked: &Asked) -> (u16, Value) {
    (200, results(asked, "applied", json!(null)))
}

#[test]
fn nobody_to_ask_and_no_word_sends_nothing() {
    let fake = drafts(3, |asked, _| applied(asked));
    let ib = Ib::at(&fake.address);
    for arguments in [
        &["activate", "--status", "draft"][..],
        &["cancel", "--status", "draft", "--yes"],
        &["activate", "--status", "draft", "--confirm", "4"],
        &["activate", "--status", "draft", "nue:1", "--yes"],
    ] {
        let ended = ib.run(arguments).code(2);
        assert!(ended.out.is_empty(), "{arguments:?}");
    }
    let fake_many = drafts(26, |asked, _| applied(asked));
    Ib::at(&fake_many.address).run(&["activate", "--status", "draft", "--yes"]).code(2);
    assert_eq!((writes(&fake).len(), writes(&fake_many).len()), (0, 0));
    assert!(!ib.run_file("x").parent().unwrap().exists());
}

#[test]
fn a_dry_run_shows_what_would_come_and_sends_nothing() {
    let stack = Stack::shared();
    let ended = stack.ib().run(&[
        "activate",
        "--status",
        "draft",
        "-c",
        "fusebill,finexio",
        "--dry-run",
        "-o",
        "table",
    ]);
    let out = ended.code(0).out;
    assert!(
        out.contains("would be activated:")
            && out.contains("would not be:")
            && out.contains(" USD "),
        "{out}"
    );
    assert!(stack.applied("fusebill", "activate").is_empty());
}

#[test]
fn the_ids_of_the_dry_run_are_sent_under_a_key_for_each_chunk() {
    let fake = drafts(250, |asked, _| applied(asked));
    let ib = Ib::at(&fake.address);
    ib.run(&[
        "activate",
        "--status",
        "draft",
        "--confirm",
        "250",
        "--comment",
        "month end",
        "--run",
        "a",
    ])
    .code(0);
    let writes = writes(&fake);
    let keys: BTreeSet<_> = writes.iter().map(|asked| asked.key.clone().unwrap()).collect();
    assert_eq!((writes.len(), keys.len()), (3, 3));
    assert!(writes.iter().all(|asked| asked.body.get("filter").is_none() && asked.body["comment"] == "month end"));
    let sent: usize =
        writes.iter().map(|asked| asked.body["invoiceIds"].as_array().unwrap().len()).sum();
    assert_eq!(sent, 250);
    // Under the same name nothing more is sent.
    ib.run(&["activate", "--status", "draft", "--confirm", "250", "--run", "a"]).code(2);
    ib.run(&["runs", "resume", "a"]).code(0);
    assert_eq!(self::writes(&fake).len(), 3);
}

#[test]
fn a_lost_answer_is_asked_about_under_the_same_key() {
    let fake = drafts(2, |asked, nth| match nth {
        0 => (0, Value::Null),
        1 => (207, results(asked, "unknown", problem(502, "provider_error", true))),
        2 => (409, problem(409, "in_progress", true)),
        _ => applied(asked),
    });
    Ib::at(&fake.address).run(&["activate", "nue:0", "nue:1", "--yes"]).code(0);
    let keys: BTreeSet<_> = writes(&fake).iter().map(|asked| asked.key.clone()).collect();
    assert_eq!((writes(&fake).len(), keys.len()), (4, 1));
}

#[test]
fn signed_out_in_the_middle_goes_on_after_signing_in() {
    let fake = drafts(150, |asked, nth| match nth {
        1 => (401, json!({ "message": "Unauthorized" })),
        _ => applied(asked),
    });
    let ib = Ib::at(&fake.address);
    let ended =
        ib.run(&["activate", "--status", "draft", "--confirm", "150", "--run", "r"]).code(5);
    assert!(
        ended.errors.contains("ib runs resume r") && ended.errors.contains("50 not sent yet"),
        "{}",
        ended.errors
    );
    ib.run(&["runs", "show", "r"]).code(7);
    ib.run(&["runs", "resume", "r"]).code(0);
    let writes = writes(&fake);
    assert_eq!(writes.len(), 3);
    assert_eq!(writes[1].key, writes[2].key);
}

#[test]
fn ctrl_c_waits_for_what_is_under_way_and_starts_nothing_more() {
    let fake = drafts(300, |asked, _| {
        std::thread::sleep(Duration::from_millis(700));
        applied(asked)
    });
    let ib = Ib::at(&fake.address);
    let child = ib
        .command(&["activate", "--status", "draft", "--confirm", "300", "--run", "c"])
        .spawn()
        .unwrap();
    wait_until("the first write", || (!writes(&fake).is_empty()).then_some(()));
    interrupt(child.id());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{ended:?}");
    assert_eq!(writes(&fake).len(), 1);
    let shown = ib.run(&["runs", "show", "c"]).code(7).out;
    assert!(shown.starts_with("100 activated") && shown.contains("200 not sent yet"), "{shown}");
    ib.run(&["runs", "resume", "c"]).code(0);
    assert_eq!(writes(&fake).len(), 3);
}

#[test]
fn ctrl_c_twice_leaves_what_is_under_way_as_unknown() {
    let fake = drafts(10, |asked, nth| {
        std::thread::sleep(Duration::from_secs(if nth == 0 { 5 } else { 0 }));
        applied(asked)
    });
    let ib = Ib::at(&fake.address);
    let mut child =
        ib.command(&["activate", "--status", "draft", "--yes", "--run", "c"]).spawn().unwrap();
    wait_until("the write", || (!writes(&fake).is_empty()).then_some(()));
    wait_until("its end", || {
        interrupt(child.id());
        child.try_wait().unwrap()
    });
    assert!(ib.run(&["runs", "show", "c"]).code(4).out.contains("10 unknown"));
    ib.run(&["runs", "resume", "c"]).code(0);
    assert_eq!(writes(&fake)[0].key, writes(&fake)[1].key);
}

fn interrupt(process: u32) {
    let _ = std::process::Command::new("kill")
        .args(["-INT", &process.to_string()])
        .stderr(std::process::Stdio::null())
        .status();
}

/// Killed three times at random, and resumed each time.
#[test]
fn killed_at_any_moment_each_invoice_is_written_once() {
    let stack = Stack::start(&["--invoices", "500"]);
    for connection in ["nue", "fusebill"] {
        let slow = r#"{"kind":"slow","delayMs":20,"operation":"activate"}"#;
        stack.control("PUT", &format!("{connection}/faults"), slow);
    }
    let ib = stack.ib();
    let found = ib
        .run(&["activate", "--status", "draft", "-c", "nue,fusebill", "--dry-run"])
        .code(0)
        .lines();
    let expected: BTreeSet<String> = found
        .iter()
        .filter(|one| one["outcome"] == "applied")
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    assert!(expected.len() > 60, "{}", expected.len());
    let count = expected.len().to_string();
    let first =
        ["activate", "--status", "draft", "-c", "nue,fusebill", "--confirm", &count, "--run", "k"];
    let mut killed = 0;
    for nth in 0..3 {
        let arguments = if nth == 0 { &first[..] } else { &["runs", "resume", "k"] };
        let before = text(&ib.run_file("k")).lines().count();
        let mut child = ib.command(arguments).spawn().unwrap();
        // Killed once something is sent: before that there is nothing to be done twice.
        wait_until("a sending", || {
            let grown = text(&ib.run_file("k"))
                .lines()
                .skip(before)
                .any(|line| line.contains("\"sending\""));
            (grown || child.try_wait().unwrap().is_some()).then_some(())
        });
        std::thread::sleep(Duration::from_millis(fastrand::u64(0..250)));
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(killed > 0);
    let last = settled(&ib);
    let written: BTreeSet<String> = ["nue", "fusebill"]
        .iter()
        .flat_map(|connection| stack.applied(connection, "activate"))
        .map(|(id, times)| {
            assert_eq!(times, 1, "{id}");
            id
        })
        .collect();
    assert_eq!(written, expected);
    assert!(last.errors.contains(&format!("{count} activated")), "{}", last.errors);
    hold_report(&ib, &expected);
}

/// Resumed until nothing is unknown.
fn settled(ib: &Ib) -> Ended {
    wait_until("the run to settle", || {
        let ended = ib.run(&["runs", "resume", "k"]);
        matches!(ended.code, 0 | 3).then_some(ended)
    })
}

/// The report has every invoice once, each with its outcome.
fn hold_report(ib: &Ib, applied: &BTreeSet<String>) {
    let path = ib.file("report.csv");
    ib.run(&["runs", "report", "k", "--csv", path.to_str().unwrap()]).code(0);
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let ids: BTreeSet<&str> = rows.iter().map(|row| &row[0]).collect();
    assert_eq!(ids.len(), rows.len());
    for row in &rows {
        let is_done = matches!(&row[6], "applied" | "unchanged");
        assert_eq!(applied.contains(&row[0]), is_done, "{row:?}");
        assert!(!row[11].is_empty(), "{row:?}");
        assert!(is_done || !row[8].is_empty(), "{row:?}");
    }
}

#[test]
fn a_line_that_was_cut_off_is_no_line() {
    let fake = drafts(2, |asked, _| applied(asked));
    let ib = Ib::at(&fake.address);
    ib.run(&["activate", "--status", "draft", "--yes", "--run", "t"]).code(0);
    let path = ib.run_file("t");
    let whole = text(&path);
    let cut = whole.trim_end().rfind('\n').unwrap() + 10;
    std::fs::write(&path, &whole[..cut]).unwrap();
    ib.run(&["runs", "resume", "t"]).code(0);
    assert_eq!(writes(&fake).len(), 2);
    assert_eq!(writes(&fake)[0].key, writes(&fake)[1].key);
    // A plan that is not whole was sent nothing of.
    let plan = whole.find("\"planned\"").unwrap();
    let start = whole[..plan].rfind('\n').unwrap() + 1;
    std::fs::write(&path, &whole[..start]).unwrap();
    ib.run(&["runs", "resume", "t"]).code(2);
    assert_eq!(writes(&fake).len(), 2);
}

#[test]
fn what_ls_lists_can_be_written() {
    let stack = Stack::start(&["--invoices", "100"]);
    let ib = stack.ib();
    let listed = ib.run(&["ls", "-c", "nue", "--status", "draft", "--limit", "3"]).code(0);
    let ended = ib
        .run_with(&["activate", "--from", "-", "--yes", "--date", "2026-07-01"], &listed.out)
        .code(0);
    assert_eq!(ended.lines().len(), 3);
    let id = listed.lines()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(ib.run(&["get", &id]).code(0).lines()[0]["dates"]["invoice"], "2026-07-01");
    ib.run(&["update", &id, "--due", "2026-12-30", "--yes"]).code(0);
    assert_eq!(ib.run(&["get", &id]).code(0).lines()[0]["dates"]["due"], "2026-12-30");
    ib.run(&["update", &id, "--due", "2026-12-31", "--yes", "--if-match", "\"stale\""]).code(3);
    assert_eq!(ib.run(&["get", &id]).code(0).lines()[0]["dates"]["due"], "2026-12-30");
}

#[test]
fn what_the_api_takes_at_no_time_is_told_as_not_sent() {
    let fake = drafts(3, |_, _| (429, problem(429, "rate_limited", true)));
    let ib = Ib::at(&fake.address);
    let ended = ib.run(&["activate", "--status", "draft", "--yes", "--run", "w"]).code(7);
    assert!(ended.errors.contains("3 invoices were not sent"), "{}", ended.errors);
    assert!(ended.errors.contains("a detail of rate_limited"), "{}", ended.errors);
    assert!(ended.errors.contains("`ib runs resume w`"), "{}", ended.errors);
    let shown = ib.run(&["runs", "show", "w"]).code(7);
    assert!(shown.errors.contains("3 invoices were not sent"), "{}", shown.errors);
    let keys: BTreeSet<_> = writes(&fake).iter().map(|asked| asked.key.clone()).collect();
    assert_eq!((writes(&fake).len(), keys.len()), (8, 1));
}

#[test]
fn who_reads_no_further_is_told_of_what_was_rejected() {
    let fake = drafts(3, |asked, _| {
        (207, results(asked, "rejected", problem(409, "state_conflict", false)))
    });
    let ib = Ib::at(&fake.address);
    for arguments in
        [&["activate", "--status", "draft", "--yes", "--run", "p"][..], &["runs", "show", "p"]]
    {
        let mut child = ib.command(arguments).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        let errors = String::from_utf8(output.stderr).unwrap();
        let is_write = arguments.len() > 3;
        assert_eq!(errors.contains("3 rejected:"), is_write, "{errors}");
    }
}

/// An API of one invoice that can be changed, and which answers the change so.
fn changed(answer: impl Fn(usize) -> (u16, Value) + Send + Sync + 'static) -> Fake {
    let writes = std::sync::atomic::AtomicUsize::new(0);
    Fake::new(move |asked, _| match asked.body["dryRun"] == true {
        true => (200, json!({ "id": "nue:1", "outcome": "applied", "dryRun": true })),
        false => answer(writes.fetch_add(1, std::sync::atomic::Ordering::SeqCst)),
    })
}

#[test]
fn a_problem_that_tells_of_a_rejection_is_one() {
    let rejected = |status, code, retryable| {
        let mut problem = problem(status, code, retryable);
        problem["outcome"] = "rejected".into();
        problem["provider"] = json!({ "message": "the customer is on hold" });
        (status, problem)
    };
    for (status, code, retryable, times) in [
        (502, "provider_error", false, 1),
        (502, "provider_error", true, 8),
        (409, "in_progress", true, 8),
        (429, "provider_rate_limited", true, 8),
    ] {
        let fake = changed(move |_| rejected(status, code, retryable));
        let ib = Ib::at(&fake.address);
        let ended = ib.run(&["update", "nue:1", "--due", "2026-12-30", "--yes"]).code(3);
        assert_eq!(ended.lines()[0]["outcome"], "rejected", "{code}: {}", ended.out);
        let words = &ended.lines()[0]["problem"]["provider"]["message"];
        assert_eq!(words, "the customer is on hold", "{code}");
        let sent = fake.asked().iter().filter(|asked| asked.body["dryRun"] != true).count();
        assert_eq!(sent, times, "{code}");
    }
    let fake = changed(move |nth| match nth {
        0 => rejected(502, "provider_error", true),
        _ => (200, json!({ "id": "nue:1", "outcome": "applied" })),
    });
    Ib::at(&fake.address).run(&["update", "nue:1", "--due", "2026-12-30", "--yes"]).code(0);
}

#[test]
fn what_was_rejected_and_is_sent_again_is_unknown_until_it_is_told() {
    let fake = drafts(2, |asked, nth| match nth {
        0 => {
            let mut answer = results(asked, "applied", json!(null));
            answer["results"][0]["outcome"] = "rejected".into();
            answer["results"][0]["problem"] = problem(503, "provider_error", true);
            (207, answer)
        }
        1 => (0, Value::Null),
        2 => (401, json!({ "message": "Unauthorized" })),
        _ => applied(asked),
    });
    let ib = Ib::at(&fake.address);
    let ended = ib.run(&["activate", "--status", "draft", "--yes", "--run", "o"]).code(4);
    let outcomes: Vec<_> = ended.lines().iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!(outcomes, ["unknown", "applied"]);
    ib.run(&["runs", "show", "o"]).code(4);
    ib.run(&["runs", "resume", "o"]).code(0);
}

#[test]
fn a_change_rests_on_a_version_or_is_not_sent() {
    let fake = changed(|_| (200, json!({ "id": "nue:1", "outcome": "applied" })));
    let ib = Ib::at(&fake.address);
    let update = |etag: &str| {
        ib.run(&["update", "nue:1", "--due", "2026-12-30", "--yes", "--if-match", etag])
    };
    for etag in ["\"a\rb\"", "\"a\nX-Other: b\"", "", " \r\n"] {
        let ended = update(etag).code(2);
        assert!(ended.errors.contains("--if-match"), "{etag:?}: {}", ended.errors);
    }
    assert!(fake.asked().is_empty());
    update("\"a\"\r\n").code(0);
    assert!(fake.asked().iter().all(|asked| asked.headers["if-match"] == "\"a\""));
    assert_eq!(fake.asked().len(), 2);
}

#[test]
fn what_an_answer_does_not_tell_of_is_unknown_and_not_unsent() {
    let fake = drafts(2, |asked, nth| {
        let mut answer = results(asked, "applied", json!(null));
        if nth == 0 {
            answer["results"].as_array_mut().unwrap().pop();
        }
        (200, answer)
    });
    let ib = Ib::at(&fake.address);
    let ended = ib.run(&["activate", "--status", "draft", "--yes", "--run", "l"]).code(4);
    let outcomes: Vec<_> = ended.lines().iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!(outcomes, ["applied", "unknown"]);
    ib.run(&["runs", "resume", "l"]).code(0);
}
