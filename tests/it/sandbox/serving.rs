//! A server that is started first.

use samokoder::process::{End, Question, Serve};

use super::bench::{Bench, is_alive, log, mark, whole_tiers};

const SERVER: &str = "const http = require('http');\n\
    setTimeout(() => http.createServer((request, response) => {\n\
      if (request.url === '/broken') { response.statusCode = 500; return response.end('no') }\n\
      response.setHeader('content-type', 'text/html; charset=utf-8'); response.end('<h1>' + process.env.GREETING + '</h1>');\n\
    }).listen(Number(process.env.PORT), process.env.HOST || '127.0.0.1', () => console.log('listening')), 150);\n";

fn serve(path: &str) -> Serve {
    Serve {
        argv: vec!["node".to_owned(), "server.cjs".to_owned()],
        environment: vec![("PORT".to_owned(), "4173".to_owned()), ("GREETING".to_owned(), "hello".to_owned())],
        port: 4173,
        ready_within_ms: 5000,
        questions: vec![Question {
            path: path.to_owned(),
            expected_status: 200,
            expected_content_type: Some("text/html".to_owned()),
        }],
    }
}

#[tokio::test]
async fn the_answer_of_a_server_is_a_check() {
    for tier in whole_tiers().await {
        let bench = Bench::new(tier);
        bench.write("server.cjs", SERVER);
        let mut command = bench.command(&[]);
        command.serve = Some(serve("/"));
        let outcome = bench.run(&command).await;
        assert!(outcome.passed(), "{tier}: {outcome:?}");
        let [served] = <[_; 1]>::try_from(outcome.served).unwrap();
        assert_eq!((served.status, served.body_bytes), (200, 14), "{tier}");
        assert_eq!(served.content_type.as_deref(), Some("text/html; charset=utf-8"));
        assert!(served.ready_after_ms >= 150, "{tier}: {served:?}");
    }
}

#[tokio::test]
async fn a_command_finds_the_server_and_it_ends_with_the_command() {
    for tier in whole_tiers().await {
        let bench = Bench::new(tier);
        let mark = mark();
        bench.write("server.cjs", &format!("{SERVER}require('child_process').spawn('sleep', ['{mark}']);\n"));
        bench.write("check.cjs", "fetch('http://localhost:4173/').then(r => r.text()).then(t => { console.log(t); process.exitCode = 5 });\n");
        let mut command = bench.command(&["node", "check.cjs"]);
        command.serve = Some(serve("/"));
        let outcome = bench.run(&command).await;
        assert_eq!(outcome.end, End::Exited { code: 5 }, "{tier}: {outcome:?}");
        assert_eq!(log(&outcome), "listening\n<h1>hello</h1>\n", "{tier}");
        assert!(!is_alive(&mark), "{tier}: the server outlived its command");
    }
}

#[tokio::test]
async fn a_server_that_does_not_serve_says_how() {
    for tier in whole_tiers().await {
        let failed = async |server: &str, change: fn(&mut Serve)| {
            let bench = Bench::new(tier);
            bench.write("server.cjs", server);
            let mut command = bench.command(&["touch", "ran"]);
            let mut serve = serve("/");
            change(&mut serve);
            command.serve = Some(serve);
            let outcome = bench.run(&command).await;
            assert!(!bench.work().join("ran").exists(), "{tier}: the command ran");
            match outcome.end {
                End::ServeFailed { reason } => reason,
                end => panic!("{tier}: {end:?}"),
            }
        };
        let reason = failed("process.exit(9)\n", |_| {}).await;
        assert_eq!(reason, "it ended before it answered: exit code 9", "{tier}");
        let reason = failed("setTimeout(() => {}, 60000)\n", |serve| serve.ready_within_ms = 300).await;
        assert_eq!(reason, "no answer on port 4173 within 300 ms: nothing listens", "{tier}");
        let reason =
            failed("require('http').createServer(() => {}).listen(4173)\n", |serve| serve.ready_within_ms = 600).await;
        assert_eq!(reason, "no answer on port 4173 within 600 ms: it was asked and did not answer", "{tier}");
        let reason = failed(SERVER, |serve| serve.questions[0].path = "/broken".to_owned()).await;
        assert_eq!(reason, "`GET /broken` was answered with status 500, expected 200", "{tier}");
        let reason = failed(SERVER, |serve| {
            serve.questions[0].expected_content_type = Some("application/json".to_owned());
        })
        .await;
        assert_eq!(reason, "`GET /` was answered as text/html; charset=utf-8, expected application/json", "{tier}");
    }
}

#[tokio::test]
async fn a_server_on_the_newer_loopback_address_is_found() {
    for tier in whole_tiers().await {
        let bench = Bench::new(tier);
        bench.write("server.cjs", SERVER);
        let mut command = bench.command(&[]);
        let mut serve = serve("/");
        serve.environment.push(("HOST".to_owned(), "::1".to_owned()));
        command.serve = Some(serve);
        let outcome = bench.run(&command).await;
        assert!(outcome.passed(), "{tier}: {outcome:?}");
    }
}
