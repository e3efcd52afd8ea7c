use jiff::SignedDuration;

use super::*;
use crate::queues::Queues;
use crate::template::Redrive;

const HIDDEN: Duration = Duration::from_secs(30);

/// A queue whose third receive is the last, and its dead letters.
fn queues(pace: u32) -> (Arc<Queue>, Arc<Queue>) {
    let settings = |name: &str| template::Queue {
        name: name.to_owned(),
        arn: format!("arn:{name}"),
        visibility_timeout: HIDDEN,
        retention: Duration::from_secs(600),
        delay: Duration::ZERO,
        redrive: None,
    };
    let redrive = Some(Redrive { dead_letters: "arn:dead".to_owned(), max_receives: 2 });
    let declared = [template::Queue { redrive, ..settings("asked") }, settings("dead")];
    let queues = Queues::new(&declared, Pace::new(pace)).unwrap();
    let queue = |name| Arc::clone(queues.by_name(name).unwrap());
    (queue("asked"), queue("dead"))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

fn send(queue: &Queue, bodies: &[&str]) {
    queue.send(bodies.iter().map(|body| (*body).to_owned()), at(0));
}

fn bodies(received: &[Received]) -> Vec<&str> {
    received.iter().map(|received| received.body.as_str()).collect()
}

#[test]
fn a_message_in_hand_is_hidden_until_its_time_is_over() {
    let (queue, _) = queues(1);
    send(&queue, &["a", "b", "c"]);
    assert_eq!(bodies(&queue.receive(2, HIDDEN, at(0))), ["a", "b"]);
    assert_eq!(bodies(&queue.receive(2, HIDDEN, at(29))), ["c"]);
    assert_eq!(queue.counts(at(29)), Counts { visible: 0, in_flight: 3, delayed: 0 });
    let again = queue.receive(2, HIDDEN, at(30));
    assert_eq!(bodies(&again), ["a", "b"]);
    assert_eq!(again[0].attributes["ApproximateReceiveCount"], "2");
    assert_eq!(again[0].attributes["ApproximateFirstReceiveTimestamp"], "0");
}

#[test]
fn only_the_last_receipt_deletes_or_hides() {
    let (queue, _) = queues(1);
    send(&queue, &["a"]);
    let first = queue.receive(1, HIDDEN, at(0));
    let second = queue.receive(1, HIDDEN, at(30));
    assert_eq!(queue.delete(&first[0].receipt), Ok(()));
    assert_eq!(queue.hide(&first[0].receipt, Duration::ZERO, at(31)), Ok(()));
    assert_eq!(queue.counts(at(31)).in_flight, 1);
    queue.hide(&second[0].receipt, Duration::ZERO, at(31)).unwrap();
    assert_eq!(queue.counts(at(31)).visible, 1);
    queue.delete(&second[0].receipt).unwrap();
    assert_eq!(queue.counts(at(31)), Counts { visible: 0, in_flight: 0, delayed: 0 });
    for receipt in ["", "1", "x.y", "1.y"] {
        assert_eq!(queue.delete(receipt), Err(InvalidReceipt), "{receipt}");
    }
}

#[test]
fn what_was_received_too_often_is_a_dead_letter() {
    let (queue, dead) = queues(1);
    send(&queue, &["a"]);
    for round in [0, 30] {
        assert_eq!(queue.receive(10, HIDDEN, at(round)).len(), 1);
    }
    assert_eq!(dead.counts(at(60)).visible, 0);
    assert_eq!(queue.receive(10, HIDDEN, at(60)).len(), 0);
    assert_eq!(queue.counts(at(60)), Counts { visible: 0, in_flight: 0, delayed: 0 });
    let letters = dead.receive(10, HIDDEN, at(60));
    assert_eq!(bodies(&letters), ["a"]);
    assert_eq!(letters[0].attributes["DeadLetterQueueSourceArn"], "arn:asked");
    assert_eq!(letters[0].attributes["SentTimestamp"], "0");
}

#[test]
fn a_delayed_message_waits_and_an_old_one_is_forgotten() {
    let (queue, _) = queues(10);
    queue.send_later([("a".to_owned(), Duration::from_secs(100))], at(0));
    assert_eq!(queue.counts(at(9)), Counts { visible: 0, in_flight: 0, delayed: 1 });
    assert_eq!(queue.counts(at(10)).visible, 1, "at ten times the pace");
    assert_eq!(queue.counts(at(599)).visible, 1);
    assert_eq!(queue.counts(at(600)), Counts { visible: 0, in_flight: 0, delayed: 0 });
}

#[tokio::test]
async fn waiting_ends_when_something_is_sent() {
    let (queue, _) = queues(1);
    let waiting = Arc::clone(&queue);
    let waiting = tokio::spawn(async move { waiting.wait().await });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    send(&queue, &["a"]);
    waiting.await.unwrap();
}

#[test]
fn the_digest_is_that_of_the_body() {
    let (queue, _) = queues(1);
    let sent = queue.send(["hello".to_owned()], at(0));
    assert_eq!(sent[0].md5, "5d41402abc4b2a76b9719d911017c592");
}
