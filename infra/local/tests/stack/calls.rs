//! What callers and functions see.

use crate::running::{Stack, folder, item, probing, run, token, wait_for_end_of};
use serde_json::{Value, json};

#[tokio::test]
async fn a_function_receives_the_event_and_nothing_of_the_users_surroundings() {
    let stack = Stack::probe(&["--parameter", "Stage=try"]);
    let probed = stack.probed("/probe/nue%3A1?a=1&a=2&q=x%20y").await;
    let event = &probed["event"];
    assert_eq!(event["routeKey"], "GET /probe/{id}");
    assert_eq!(event["pathParameters"], json!({"id": "nue:1"}));
    assert_eq!(event["rawQueryString"], "a=1&a=2&q=x%20y");
    assert_eq!(event["queryStringParameters"], json!({"a": "1,2", "q": "x y"}));
    assert_eq!(event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"], "local-operator");
    assert_eq!(probed["arn"], "arn:aws:lambda:us-east-1:000000000000:function:ProbeFunction");
    let came = event["requestContext"]["timeEpoch"].as_u64().unwrap();
    let due = probed["deadline"].as_u64().unwrap();
    assert!((20_000..30_000).contains(&(due - came)), "{came} {due}");

    let environment = &probed["environment"];
    let expected = [
        ("TABLE_NAME", "Table"),
        ("STAGE", "try"),
        ("SECRET_PREFIX", "try/"),
        ("AWS_LAMBDA_FUNCTION_NAME", "ProbeFunction"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_ENDPOINT_URL_DYNAMODB", stack.ready["dynamodb"].as_str().unwrap()),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", stack.ready["secretsManager"].as_str().unwrap()),
    ];
    for (name, value) in expected {
        assert_eq!(environment[name], value, "{name}");
    }
    for name in ["OF_THE_USER", "AWS_PROFILE", "HOME"] {
        assert_eq!(environment[name], Value::Null, "{name}");
    }
}

#[tokio::test]
async fn routes_and_limits_are_those_of_the_gateway() {
    let stack = Stack::probe(&[]);
    for path in ["/", "/probe", "/probe/", "/probe/1/2", "/broke"] {
        let response = stack.get(path).await;
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(response.text().await.unwrap(), r#"{"message":"Not Found"}"#);
    }
    let client = &stack.client;
    let open = client.put(stack.url("/open/a/b")).body("{}").send().await.unwrap();
    let open: Value = serde_json::from_slice(&open.bytes().await.unwrap()).unwrap();
    assert_eq!(open["event"]["pathParameters"]["proxy"], "a/b");
    assert_eq!(open["event"]["requestContext"]["authorizer"], Value::Null);
    assert_eq!(
        (&open["event"]["body"], &open["event"]["isBase64Encoded"]),
        (&json!("e30="), &json!(true))
    );
    for size in [7, 11] {
        let body = vec![b'x'; size * 1024 * 1024];
        let large = client.put(stack.url("/open/a")).body(body).send().await.unwrap();
        assert_eq!(large.status(), 413, "{size} MB");
    }
    let elsewhere = client.get(stack.url("/probe/1")).header("origin", "https://evil.example");
    assert_eq!(elsewhere.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn answers_are_passed_on_as_the_gateway_does() {
    let stack = Stack::probe(&[]);
    let answer = |answer: Value| {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("do", "answer"), ("json", &answer.to_string())])
            .finish();
        stack.url(&format!("/probe/1?{query}"))
    };
    let full = json!({"statusCode": 201, "headers": {"x-a": "1"}, "cookies": ["a=1", "b=2"], "body": "aGk=", "isBase64Encoded": true});
    let response = stack.client.get(answer(full)).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["x-a"]),
        (201, &"1".parse().unwrap())
    );
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    assert!(response.headers().contains_key("apigw-requestid"));
    assert_eq!(response.text().await.unwrap(), "hi");
    let response = stack.client.get(answer(json!({"any": "thing"}))).send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), r#"{"any":"thing"}"#);
    let response = stack.client.get(answer(json!({"statusCode": "soon"}))).send().await.unwrap();
    assert_eq!(response.status(), 500);
}

#[tokio::test]
async fn overlapping_calls_have_processes_of_their_own_and_idle_ones_are_reused() {
    let stack = Stack::probe(&[]);
    let slow = "/probe/1?do=sleep&ms=700";
    let (first, second) = tokio::join!(stack.probed(slow), stack.probed(slow));
    assert_ne!(first["pid"], second["pid"]);
    assert_ne!(first["requestId"], second["requestId"]);
    let pids = [first["pid"].clone(), second["pid"].clone()];
    for _ in 0..5 {
        assert!(pids.contains(&stack.probed("/probe/1").await["pid"]));
    }
    assert_eq!(stack.children().len(), 2);
}

#[tokio::test]
async fn a_function_past_its_time_is_killed_and_another_takes_its_place() {
    let stack = Stack::probe(&[]);
    let first = stack.probed("/brief").await["pid"].as_u64().unwrap();
    let response = stack.get("/brief?do=hang").await;
    assert_eq!(response.status(), 500);
    assert_eq!(response.text().await.unwrap(), r#"{"message":"Internal Server Error"}"#);
    stack.wait_for_line(|line| {
        line.starts_with("[BriefFunction]") && line.ends_with("Task timed out after 1.00 seconds")
    });
    wait_for_end_of(u32::try_from(first).unwrap());
    assert_ne!(stack.probed("/brief").await["pid"], first);
}

#[tokio::test]
async fn a_function_that_fails_is_answered_for() {
    let stack = Stack::probe(&[]);
    let first = stack.probed("/probe/1").await["pid"].clone();
    assert_eq!(stack.get("/probe/1?do=fail").await.status(), 500);
    stack.wait_for_line(|line| line.contains("told to fail"));
    assert_eq!(stack.get("/probe/1?do=flood").await.status(), 500);
    stack.wait_for_line(|line| line.contains("more than 6 MB"));
    assert_eq!(stack.probed("/probe/1").await["pid"], first, "a reported failure costs no process");
    assert_eq!(stack.get("/probe/1?do=exit").await.status(), 500);
    stack.wait_for_line(|line| line.contains("exited in the middle of an event: exit status: 3"));
    assert_ne!(stack.probed("/probe/1").await["pid"], first, "the next call has a new process");
    assert_eq!(stack.get("/broken").await.status(), 500);
    stack.wait_for_line(|line| {
        line.contains("[BrokenFunction]") && line.contains("failed to initialise")
    });
}

#[tokio::test]
async fn what_functions_print_is_passed_on() {
    let stack = Stack::probe(&[]);
    stack.probed("/probe/1?do=print").await;
    stack.wait_for_line(|line| line == "[ProbeFunction] plain words");
    let structured = stack.wait_for_line(|line| line.contains("structured words"));
    assert!(serde_json::from_str::<Value>(&structured).is_ok(), "{structured}");
}

#[tokio::test]
async fn tokens_decide_who_calls() {
    let stack = Stack::probe(&["--require-token"]);
    let call = async |method: reqwest::Method, token: &str| {
        let request = stack.client.request(method, stack.url("/probe/1"));
        request.bearer_auth(token).send().await.unwrap()
    };
    let none = stack.get("/probe/1").await;
    assert_eq!(
        (none.status().as_u16(), &none.headers()["www-authenticate"]),
        (401, &"Bearer".parse().unwrap())
    );
    assert_eq!(none.text().await.unwrap(), r#"{"message":"Unauthorized"}"#);

    let reader = token(&[
        "--subject",
        "ann",
        "--customer",
        "nue:1",
        "--customer",
        "b:2",
        "--scope",
        "invoices/read",
    ]);
    let read: Value =
        serde_json::from_slice(&call(reqwest::Method::GET, &reader).await.bytes().await.unwrap())
            .unwrap();
    let jwt = &read["event"]["requestContext"]["authorizer"]["jwt"];
    assert_eq!(
        (&jwt["claims"]["sub"], &jwt["claims"]["customers"]),
        (&json!("ann"), &json!("[nue:1 b:2]"))
    );
    let write = call(reqwest::Method::POST, &reader).await;
    assert_eq!(
        (write.status().as_u16(), write.text().await.unwrap().as_str()),
        (403, r#"{"message":"Forbidden"}"#)
    );
    assert_eq!(call(reqwest::Method::POST, &token(&[])).await.status(), 200);

    let garbled = call(reqwest::Method::GET, &format!("{reader}x")).await;
    assert_eq!(garbled.status(), 401);
    let challenge = garbled.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer scope=\"\" error=\"invalid_token\""), "{challenge}");
}

#[tokio::test]
async fn services_hold_what_the_template_and_the_user_gave() {
    let file = folder("secrets").join("secrets.json");
    std::fs::write(&file, r#"{"nue": {"provider": "nue", "apiKey": "real"}, "eu": {"provider": "fusebill", "apiKey": "r2"}}"#).unwrap();
    let stack = Stack::probe(&["--secrets", file.to_str().unwrap()]);
    let connections = stack.probed("/probe/1").await["environment"]["CONNECTIONS"].clone();
    let mut connections: Vec<&str> = connections.as_str().unwrap().split(',').collect();
    connections.sort_unstable();
    assert_eq!(
        connections,
        ["eu", "finexio", "fusebill", "nue", "nue-self-service", "simplepin", "stripe"]
    );
    assert_eq!(stack.ready["realConnections"], json!(["eu", "nue"]));

    let secret = async |name: &str| {
        let found = stack
            .aws(
                "secretsManager",
                "secretsmanager.GetSecretValue",
                json!({"SecretId": format!("test/{name}")}),
            )
            .await;
        serde_json::from_str::<Value>(found["SecretString"].as_str().unwrap()).unwrap()
    };
    assert_eq!(secret("nue").await["apiKey"], "real");
    assert_eq!(secret("eu").await["apiKey"], "r2");
    assert_eq!(secret("simplepin").await["provider"], "simplepin");
    let rotated =
        json!({"SecretId": "test/nue", "SecretString": r#"{"provider": "nue", "apiKey": "new"}"#});
    stack.aws("secretsManager", "secretsmanager.PutSecretValue", rotated).await;
    assert_eq!(secret("nue").await["apiKey"], "new");

    let table = stack
        .aws("dynamodb", "DynamoDB_20120810.DescribeTimeToLive", json!({"TableName": "Table"}))
        .await;
    assert_eq!(table["TimeToLiveDescription"]["AttributeName"], "expiresAt", "{table}");
}

#[tokio::test]
async fn the_table_is_kept_between_runs() {
    let folder = folder("data");
    let data = ["--data", folder.to_str().unwrap()];
    let key = json!({"TableName": "Table", "Key": {"pk": {"S": "kept"}}});
    let mut stack = Stack::probe(&data);
    stack.aws("dynamodb", "DynamoDB_20120810.PutItem", item("kept")).await;
    let second = [probing(), data.map(str::to_owned).to_vec()].concat();
    let (code, _, errors) = run(&second);
    assert_eq!(code, Some(1));
    assert!(errors.contains("is in use by another running stack"), "{errors}");
    stack.signal("-TERM");
    assert!(stack.wait().success());
    let again = Stack::probe(&data);
    let found = again.aws("dynamodb", "DynamoDB_20120810.GetItem", key).await;
    assert_eq!(found["Item"]["pk"]["S"], "kept", "{found}");
}
