use std::collections::BTreeMap;

use serde_json::json;

use super::*;

const TEMPLATE: &str = "
Parameters: {Cron: {Default: ''}}
Conditions: {Scheduled: !Not [!Equals [!Ref Cron, '']]}
Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: ours}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !GetAtt Bus.Arn
      EventPattern: {detail-type: [Asked]}
      Targets: [{Id: q, Arn: !GetAtt Requests.Arn}]
  Off: {Type: AWS::Events::Rule, Properties: {State: DISABLED}}
  Requests:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 720
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead, MessageRetentionPeriod: 1209600}}
  Monthly:
    Type: AWS::Scheduler::Schedule
    Condition: Scheduled
    Properties:
      ScheduleExpression: !Ref Cron
      Target:
        Arn: !GetAtt Bus.Arn
        EventBridgeParameters: {DetailType: Asked, Source: clock}
        Input: '{}'
  F:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Requests:
          Type: SQS
          Properties:
            Queue: !GetAtt Requests.Arn
            BatchSize: 4
            FunctionResponseTypes: [ReportBatchItemFailures]
            ScalingConfig: {MaximumConcurrency: 2}
";

fn messaging(text: &str, parameters: &[(&str, &str)]) -> Result<Messaging, Fault> {
    let parameters = parameters.iter().map(|(key, value)| ((*key).into(), (*value).into()));
    Messaging::read(&Document::parse(text, parameters.collect::<BTreeMap<_, _>>())?)
}

#[test]
fn reads_the_way_from_an_event_to_its_function() {
    let read = messaging(TEMPLATE, &[]).unwrap();
    let arn = |name| format!("arn:aws:sqs:us-east-1:000000000000:{name}");
    assert_eq!((read.buses, read.schedules), (vec!["ours".to_owned()], Vec::new()));
    let [rule] = &read.rules[..] else { panic!("{:?}", read.rules) };
    assert_eq!((rule.bus.as_str(), &rule.pattern), ("ours", &json!({"detail-type": ["Asked"]})));
    assert_eq!(rule.targets, [arn("Requests")]);
    let requests = read.queues.iter().find(|queue| queue.name == "Requests").unwrap();
    let redrive = Redrive { dead_letters: arn("dead"), max_receives: 5 };
    assert_eq!((requests.visibility_timeout.as_secs(), &requests.redrive), (720, &Some(redrive)));
    let dead = read.queues.iter().find(|queue| queue.name == "dead").unwrap();
    assert_eq!((dead.retention.as_secs(), &dead.redrive), (1_209_600, &None));
    let expected = Mapping {
        function: "F".to_owned(),
        queue: arn("Requests"),
        batch_size: 4,
        reports_failures: true,
        concurrency: 2,
    };
    assert_eq!(read.mappings, [expected]);
}

#[test]
fn a_schedule_is_there_only_when_it_was_asked_for() {
    let read = messaging(TEMPLATE, &[("Cron", "rate(1 day)")]).unwrap();
    let [schedule] = &read.schedules[..] else { panic!("{:?}", read.schedules) };
    assert_eq!(
        (schedule.expression.as_str(), schedule.bus.as_str(), schedule.timezone.as_str()),
        ("rate(1 day)", "ours", "UTC")
    );
}

#[test]
fn what_the_local_stack_cannot_do_is_said_and_where() {
    let queue = "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {";
    let event = "Resources: {F: {Type: AWS::Serverless::Function, Properties: {Events: {E: {Type: SQS, Properties: {";
    let cases = [
        (format!("{queue}FifoQueue: true}}}}}}"), "Resources.Q: is a FIFO"),
        (
            format!("{queue}VisibilityTimeout: long}}}}}}"),
            "Resources.Q.Properties.VisibilityTimeout: is \"long\"",
        ),
        (
            format!("{event}BatchSize: 1}}}}}}}}}}}}"),
            "Resources.F.Properties.Events.E.Properties.Queue: is missing",
        ),
        (
            format!("{event}FilterCriteria: {{Filters: []}}}}}}}}}}}}}}"),
            "Resources.F.Properties.Events.E: filters messages",
        ),
        (
            "Resources: {R: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 day)}}}"
                .to_owned(),
            "Resources.R: has no EventPattern",
        ),
    ];
    for (text, expected) in cases {
        let fault = messaging(&text, &[]).unwrap_err().to_string();
        assert!(fault.starts_with(expected), "{fault}");
    }
}
