//! GigaChat from end to end: a token for the key, the question, the answer, against one scripted server for both.

use std::{sync::Arc, time::Duration};

use http::{HeaderValue, header};
use samokoder::domain::clock::Timestamp;
use samokoder::network::SseReader;
use samokoder::router::{
    completion::Delta,
    concurrency::{ConcurrencyLimits, Permit},
    dialect::{Dialect as _, Target, gigachat::Gigachat},
    failure::{Failure, FailureClass},
    gigachat_token::GigachatTokens,
    provider::Provider,
    request::{Message, Request, Role},
    secret::Secret,
    transport::{Incoming, Outgoing, Timeouts, Transport},
};
use serde_json::json;

use super::{
    gigachat_token::TestClock,
    scripted_server::{Act, ScriptedServer, Seen, event, json as json_answer, stream_head},
};

const TIMEOUTS: Timeouts =
    Timeouts { first_byte: Duration::from_secs(30), idle: Duration::from_secs(30), total: Duration::from_secs(60) };

/// What a caller needs for one provider.
struct Client {
    provider: Provider,
    transport: Transport,
    tokens: GigachatTokens,
    limits: ConcurrencyLimits,
    key: Secret,
}

impl Client {
    fn of(server: &ScriptedServer) -> Self {
        let mut provider: Provider = toml::from_str(&format!(
            "title = 'GigaChat'\ndialect = 'gigachat'\nbase_url = '{url}'\nauthorization = 'gigachat_oauth'\n\
             token_url = '{url}/oauth'\ntoken_scope = 'GIGACHAT_API_PERS'\nconcurrency_per_key = 1\n\
             [quirks]\nschema_mode = 'function'",
            url = server.url()
        ))
        .unwrap();
        provider.name = "gigachat".to_owned();
        Self {
            transport: Transport::new(&provider).unwrap(),
            provider,
            tokens: GigachatTokens::new(Arc::new(TestClock::default())),
            limits: ConcurrencyLimits::default(),
            key: Secret::new("Y2xpZW50OnNlY3JldA==".to_owned()),
        }
    }

    async fn permit(&self) -> Result<Permit, Failure> {
        self.limits.admit(&self.provider, Some(&self.key), Duration::ZERO).await
    }

    /// Asks with a token; the token that was shown comes with the answer.
    async fn ask(&self, stream: bool) -> Result<(Incoming, Secret), Failure> {
        let token = self.tokens.token(&self.transport, &self.provider, &self.key).await?;
        let request = Request { messages: vec![Message::text(Role::User, "Привет")], ..Request::default() };
        let quirks = &self.provider.quirks;
        let target = Target { model: "GigaChat-2", stream, default_max_output_tokens: 4096, quirks };
        let encoded = Gigachat.encode(&request, &target)?;
        let bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose())).unwrap();
        let outgoing = Outgoing {
            path: encoded.path,
            headers: &encoded.headers,
            authorization: Some((header::AUTHORIZATION, bearer)),
            body: encoded.body,
            timeouts: TIMEOUTS,
        };
        Ok((self.transport.send(outgoing).await?, token))
    }
}

fn is_for_token(seen: &Seen) -> bool {
    seen.head.starts_with("POST /v1/oauth ")
}

fn token(number: usize) -> Vec<Act> {
    json_answer(200, &json!({ "access_token": format!("token-{number}"), "expires_at": 1_800_001_800_000_u64 }))
}

fn answer() -> Vec<Act> {
    json_answer(
        200,
        &json!({
            "choices": [{ "message": { "role": "assistant", "content": "Здравствуйте!" }, "index": 0, "finish_reason": "stop" }],
            "created": 1_700_000_000, "model": "GigaChat-2:2.0", "object": "chat.completion",
            "usage": { "prompt_tokens": 4, "completion_tokens": 5, "total_tokens": 9, "precached_prompt_tokens": 2 },
        }),
    )
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once_and_the_question_answered() {
    let server = ScriptedServer::start(|number, seen| {
        if is_for_token(seen) {
            token(number)
        } else if seen.head.contains("authorization: Bearer token-0\r\n") {
            json_answer(401, &json!({ "status": 401, "message": "Token has expired" }))
        } else {
            answer()
        }
    })
    .await;
    let client = Client::of(&server);
    let (incoming, refused) = client.ask(false).await.unwrap();
    let (status, headers) = (incoming.status, incoming.headers.clone());
    let failure = Gigachat.failure(status, &headers, &incoming.whole(1000).await.unwrap(), Timestamp(0));
    assert_eq!((failure.class, failure.message.as_str()), (FailureClass::Key, "Token has expired"));

    client.tokens.forget(&client.provider, &client.key, &refused);
    let (incoming, _) = client.ask(false).await.unwrap();
    assert_eq!(incoming.status, 200);
    let completion = Gigachat.decode(&incoming.whole(10_000).await.unwrap()).unwrap();
    assert_eq!((completion.text(), completion.usage.unwrap().cache_read_tokens), ("Здравствуйте!", 2));

    let paths: Vec<String> = server.seen().iter().map(|seen| seen.head.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(paths, ["/v1/oauth", "/v1/chat/completions", "/v1/oauth", "/v1/chat/completions"]);
}

#[tokio::test]
async fn a_stream_holds_the_keys_only_place_until_it_ends() {
    let chunk = |content: &str, finish: Option<&str>| {
        event(json!({
            "choices": [{ "delta": { "content": content }, "index": 0, "finish_reason": finish }],
            "created": 1, "model": "GigaChat-2", "object": "chat.completion",
        }))
    };
    let acts = vec![stream_head(), chunk("При", None), chunk("вет", Some("stop")), event("[DONE]"), Act::LastChunk];
    let server =
        ScriptedServer::start(move |number, seen| if is_for_token(seen) { token(number) } else { acts.clone() }).await;
    let client = Client::of(&server);
    let permit = client.permit().await.unwrap();
    let (mut incoming, _) = client.ask(true).await.unwrap();
    assert_eq!(client.permit().await.unwrap_err().class, FailureClass::RateLimit);

    let (mut events, mut reader, mut text) = (SseReader::new(), Gigachat.piece_reader(), String::new());
    while let Some(bytes) = incoming.next().await {
        for event in events.push(&bytes.unwrap()).unwrap() {
            let piece = reader.read(&event.name, &event.data).unwrap();
            for delta in piece.into_iter().flat_map(|piece| piece.deltas) {
                if let Delta::Text { text: more, .. } = delta {
                    text.push_str(&more);
                }
            }
        }
    }
    drop(permit);
    client.permit().await.map(drop).unwrap();
    assert_eq!((text.as_str(), reader.is_complete()), ("Привет", true));
    assert_eq!(server.seen()[1].json()["stream"], true);
}
