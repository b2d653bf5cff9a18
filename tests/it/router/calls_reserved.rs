//! What may be asked while money is limited: what has a bound, and what a tenant's day leaves.

use futures::future::join_all;
use samokoder::{
    domain::{clock::Clock as _, id::GenerationId},
    router::{
        EmbeddingRequest, Error,
        budget::{Balance, Day, Scope},
        call::{Call, Caller},
        dialect::openai_chat,
    },
};
use serde_json::{Value, json};

use super::{
    rig::{MODEL, Plan, call, usd},
    scripted_server::{self, ScriptedServer, completion},
};

/// A caller's body with more fields than a question.
fn asked(more: &Value) -> Call {
    let mut body = json!({"model": MODEL, "messages": [{"role": "user", "content": "Say hello."}]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Call { request: openai_chat::parse_request(body.to_string().as_bytes()).unwrap().request, ..call() }
}

fn capped(call: Call, cap: &str) -> Call {
    Call { cost_cap: Some(usd(cap)), ..call }
}

/// What nothing bounds is refused by its name while money is limited, and goes to the provider while it is not.
#[tokio::test]
async fn what_has_no_bound_is_refused_while_money_is_limited() {
    let server = ScriptedServer::always(completion("Hi")).await;
    let rig = super::rig::rig(&[&server]);
    let web = json!({"plugins": [{"id": "web"}]});
    let error = rig.router.complete(capped(asked(&web), "100")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no route for scripted: first/scripted-first: nothing bounds what `plugins` may cost, and money is limited: \
         leave it out"
    );
    for more in [
        json!({"models": ["dear/model"]}),
        json!({"n": "several"}),
        json!({"tools": [{"type": "web_search"}]}),
        json!({"web_search_options": {}}),
    ] {
        let error = rig.router.complete(capped(asked(&more), "100")).await.unwrap_err();
        assert!(error.to_string().contains("nothing bounds what `"), "{error}");
    }
    assert_eq!(server.requests(), 0);
    rig.router.complete(asked(&web)).await.unwrap();
    assert_eq!(server.seen()[0].json()["plugins"], web["plugins"]);

    let mut plan = Plan::over(&[&server]);
    plan.settings.budgets.per_day = Some(usd("100"));
    let error = plan.build().router.stream(asked(&web)).await.unwrap_err();
    assert!(matches!(error, Error::NoRoute { .. }), "{error}");
    assert_eq!(server.requests(), 1);
}

/// A hundred answers are a hundred times the output, in whatever form their number comes.
#[tokio::test]
async fn answers_to_one_question_are_reserved_together() {
    let server = ScriptedServer::always(completion("Hi")).await;
    let rig = super::rig::rig(&[&server]);
    for n in [json!(100), json!(100.0), json!("100")] {
        let hundred = || asked(&json!({"n": n, "max_tokens": 1000}));
        let error = rig.router.complete(capped(hundred(), "0.199")).await.unwrap_err();
        assert!(error.to_string().contains("and 0.199 USD are allowed"), "{error}");
        rig.router.complete(capped(hundred(), "0.201")).await.unwrap();
    }
}

/// A document that the provider fetches may fill the window of 100,000 tokens.
#[tokio::test]
async fn a_document_is_reserved_by_the_window() {
    let server = ScriptedServer::always(completion("Hi")).await;
    let rig = super::rig::rig(&[&server]);
    let file = json!([{"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]}]);
    let question = || asked(&json!({"messages": file, "max_tokens": 10}));
    assert!(rig.router.complete(capped(question(), "0.1000199")).await.is_err());
    rig.router.complete(capped(question(), "0.10002")).await.unwrap();
}

/// The limit that the reserve is reckoned by is the only one that is sent.
#[tokio::test]
async fn one_limit_is_sent() {
    let server = ScriptedServer::always(completion("Hi")).await;
    let rig = super::rig::rig(&[&server]);
    rig.router.complete(asked(&json!({"max_tokens": 900, "max_completion_tokens": 20}))).await.unwrap();
    let mut direct = call();
    direct.request.max_output_tokens = Some(30);
    direct.request.extra.extend([("max_tokens".to_owned(), json!(900)), ("top_k".to_owned(), json!(5))]);
    rig.router.complete(direct).await.unwrap();
    let limits = |body: Value| (body["max_completion_tokens"].clone(), body["max_tokens"].clone());
    let [first, second] = &server.seen()[..] else { panic!("two were sent") };
    assert_eq!(limits(first.json()), (json!(20), Value::Null));
    assert_eq!(limits(second.json()), (json!(30), Value::Null));
    assert_eq!(second.json()["top_k"], 5);
}

#[tokio::test]
async fn vectors_of_what_is_no_text_are_refused_while_money_is_limited() {
    let server = ScriptedServer::always(scripted_server::json(200, &json!({"data": []}))).await;
    let rig = super::rig::rig(&[&server]);
    let pictures = || {
        let body = json!({"input": [{"image": "https://pictures.test/1.png"}]});
        EmbeddingRequest(body.as_object().unwrap().clone())
    };
    let error = rig.router.embed(capped(call(), "100"), pictures()).await.unwrap_err();
    assert!(error.to_string().contains("nothing bounds what `part of type object` may cost"), "{error}");
    rig.router.embed(call(), pictures()).await.unwrap();
}

/// Sixty runs of one tenant at once, each within its own budget: together they spend no more than the tenant's day.
#[tokio::test]
async fn s83_a_tenants_day_holds_for_many_runs_at_once() {
    let acts = json!({
        "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 0, "completion_tokens": 1000},
    });
    let server = ScriptedServer::always(scripted_server::json(200, &acts)).await;
    let mut plan = Plan::over(&[&server]);
    plan.settings.budgets.per_generation = Some(usd("0.0025"));
    plan.settings.budgets.per_tenant_per_day = Some(usd("0.03"));
    let rig = plan.build();
    let of =
        |tenant: &str| Caller { tenant: tenant.to_owned(), generation: Some(GenerationId::mint()), ..Caller::local() };
    let runs = (0..60).map(|_| rig.router.complete(Call { caller: of("busy"), ..call() }));
    let (answered, refused): (Vec<_>, Vec<_>) = join_all(runs).await.into_iter().partition(Result::is_ok);
    // A run costs 0.002 USD, its reserve is a little more.
    assert!((10..=15).contains(&answered.len()), "{}", answered.len());
    assert_eq!(server.requests(), answered.len());
    for refused in refused {
        let error = refused.unwrap_err();
        assert!(matches!(&error, Error::Budget { scope, .. } if scope == "tenant busy, in a day"), "{error}");
    }
    let balance =
        rig.ledger.balance(&Scope::TenantOfDay { tenant: "busy".to_owned(), day: Day::of(rig.clock.now()) }).unwrap();
    let spent = usd(&format!("0.{:03}", answered.len() * 2));
    assert_eq!(balance, Balance { spent, reserved: usd("0") });
    rig.router.complete(Call { caller: of("other"), ..call() }).await.unwrap();
}
