//! What is recorded is played back, whatever became of the prompts.

use super::*;
use crate::{
    agents::{
        NoModels,
        port::{ReplyEnd, Turn},
    },
    domain::model_class::ModelClass,
};

struct Echo;

impl Models for Echo {
    fn quote<'a>(&'a self, _: &'a Question) -> BoxFuture<'a, Result<Quote, NoReply>> {
        let quote =
            Quote { route: "echo/echo".to_owned(), most: None, question_tokens: 1, edit_format: EditFormat::Whole };
        async move { Ok(quote) }.boxed()
    }

    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, NoReply>> {
        let reply = Reply {
            text: question.turns.last().map(|turn| turn.text.clone()).unwrap_or_default(),
            end: ReplyEnd::Complete,
            provider: "echo".to_owned(),
            model: "echo".to_owned(),
            usage: Usage { output_tokens: 3, ..Usage::default() },
            cost: None,
            attempts: 1,
        };
        async move { Ok(reply) }.boxed()
    }
}

fn question(step: &str, text: &str) -> Question {
    Question {
        step: StepKey(step.to_owned()),
        system: "You repeat.".to_owned(),
        turns: vec![Turn::ours(text)],
        class: ModelClass::Fast,
        effort: None,
        temperature: None,
        schema: None,
        answer_tokens_max: 10,
    }
}

#[tokio::test]
async fn a_recorded_conversation_is_played_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("transcript.jsonl");
    let recorder = Recorder::open(Echo, &path).unwrap();
    let heard = recorder.ask(&question("code/T1/1", "one\ntwo")).await.unwrap();
    let playback = Playback::open(&path).unwrap();
    assert_eq!(playback.ask(&question("code/T1/1", "one\ntwo")).await, Ok(heard.clone()));
    assert_eq!(playback.changed(), []);
    assert_eq!(playback.ask(&question("code/T1/1", "other words")).await, Ok(heard));
    assert_eq!(playback.changed(), [StepKey("code/T1/1".to_owned())]);
    let missing = playback.ask(&question("code/T2/1", "one")).await.unwrap_err();
    assert!(missing.message.contains("no answer for the step `code/T2/1`"), "{missing}");
}

#[tokio::test]
async fn nobody_answers_where_no_model_is_wanted() {
    assert!(NoModels.ask(&question("a", "b")).await.is_err());
}

#[test]
fn a_damaged_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("transcript.jsonl");
    fs::write(&path, "\n{\"step\": 3}\n").unwrap();
    let error = Playback::open(&path).unwrap_err().to_string();
    assert!(error.contains("transcript.jsonl:2:"), "{error}");
}
