//! A conversation with one agent until its answer can be used, or it is clear that it never will be.

use serde::{Deserialize, Serialize};

use super::{Interruption, asking::Asking};
use crate::{
    agents::{AnswerProblem, ProblemKind, Prompt, Question, ReplyEnd, RoleName, Team, Turn, answer::continuation},
    domain::id::StepKey,
};

/// How much of an answer that was refused for its length is shown to its author again.
const SHOWN_BYTES: usize = 4_000;

/// An agent did not come to an answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GaveUp {
    /// Why, for people: what was wrong with the last answer.
    pub(crate) reason: String,
}

/// What is wrong with an answer, told to its author.
#[derive(Debug, Clone, Default)]
pub(crate) struct Complaint {
    pub(crate) problems: Vec<AnswerProblem>,
    /// Edits failed too often: whole files are wanted.
    pub(crate) wants_whole_files: bool,
}

impl Complaint {
    /// One problem of the whole answer.
    pub(crate) fn of(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self { problems: vec![AnswerProblem::new(kind, "", message)], wants_whole_files: false }
    }

    /// Problems of what the answer says, one sentence each.
    pub(crate) fn of_content(sentences: impl IntoIterator<Item = String>) -> Self {
        let problem = |sentence| AnswerProblem::new(ProblemKind::Schema, "", sentence);
        Self { problems: sentences.into_iter().map(problem).collect(), wants_whole_files: false }
    }

    fn sentences(&self) -> String {
        let sentence = |problem: &AnswerProblem| match problem.path.as_str() {
            "" => problem.message.clone(),
            path => format!("{path}: {}", problem.message),
        };
        self.problems.iter().map(sentence).collect::<Vec<_>>().join("; ")
    }
}

/// A conversation with an agent.
pub(crate) struct Dialogue<'a> {
    pub(crate) asking: &'a Asking<'a>,
    pub(crate) team: &'a Team,
    pub(crate) agent: RoleName,
    /// Under it each question has its own key.
    pub(crate) key: StepKey,
}

impl Dialogue<'_> {
    /// Asks, and complains until `read` can use the answer, at most as often as the agent's limits say. The same answer
    /// twice ends it at once.
    pub(crate) async fn until<T>(
        &self,
        prompt: Prompt,
        mut read: impl FnMut(&str) -> Result<T, Complaint>,
    ) -> Result<Result<T, GaveUp>, Interruption> {
        self.until_looked_up(prompt, async |text: &str| Ok(read(text))).await
    }

    /// As [`Self::until`], where reading an answer takes looking something up.
    pub(crate) async fn until_looked_up<T>(
        &self,
        prompt: Prompt,
        mut read: impl AsyncFnMut(&str) -> Result<Result<T, Complaint>, Interruption>,
    ) -> Result<Result<T, GaveUp>, Interruption> {
        let record = self.asking.record();
        let key = record.current_try(&self.key, |record, key| record.has(&given_up(key)));
        let end = self.tried(&key, &prompt, &mut read).await?;
        if let Err(gave_up) = &end
            && !record.has(&given_up(&key))
        {
            record.put(&given_up(&key), gave_up)?;
        }
        Ok(end)
    }

    async fn tried<T>(
        &self,
        key: &StepKey,
        prompt: &Prompt,
        read: &mut impl AsyncFnMut(&str) -> Result<Result<T, Complaint>, Interruption>,
    ) -> Result<Result<T, GaveUp>, Interruption> {
        let mut turns = vec![Turn::ours(prompt.user.clone())];
        let mut earlier: Vec<String> = Vec::new();
        let mut round = 0;
        loop {
            let key = StepKey(format!("{key}/{}", round + 1));
            let (text, end) = self.whole(&key, prompt, &turns).await?;
            let complaint = match look(prompt, &text, end) {
                Ok(()) => match read(&text).await? {
                    Ok(result) => return Ok(Ok(result)),
                    Err(complaint) => complaint,
                },
                Err(Unusable::ForGood(reason)) => return Ok(Err(GaveUp { reason })),
                Err(Unusable::Yet(complaint)) => complaint,
            };
            let reason = complaint.sentences();
            if round >= prompt.limits.repairs_max || earlier.contains(&text) {
                return Ok(Err(GaveUp { reason }));
            }
            let repair = self.team.repair(self.agent, &complaint.problems, complaint.wants_whole_files)?;
            turns.push(Turn::models(shown(&text, prompt.limits.answer_bytes_max)));
            turns.push(Turn::ours(repair));
            earlier.push(text);
            round += 1;
        }
    }

    /// Asks, and has an answer that the token limit cut off continued.
    async fn whole(&self, key: &StepKey, prompt: &Prompt, turns: &[Turn]) -> Result<(String, ReplyEnd), Interruption> {
        let question = |step: StepKey, turns: Vec<Turn>| Question {
            step,
            system: prompt.system.clone(),
            turns,
            class: prompt.class,
            effort: prompt.effort,
            temperature: prompt.temperature,
            schema: prompt.schema.clone(),
            answer_tokens_max: prompt.limits.answer_tokens_max,
        };
        let reply = self.asking.ask(self.agent, &prompt.digest, &question(key.clone(), turns.to_vec())).await?;
        let (mut text, mut end) = (reply.text, reply.end);
        for number in 1..=prompt.limits.continuations_max {
            if end != ReplyEnd::CutOff || text.len() > prompt.limits.answer_bytes_max {
                break;
            }
            let mut longer = turns.to_vec();
            longer.push(Turn::models(text.clone()));
            longer.push(Turn::ours(self.team.go_on(self.agent, &text)?));
            let step = StepKey(format!("{key}/more-{number}"));
            let more = self.asking.ask(self.agent, &prompt.digest, &question(step, longer)).await?;
            text = continuation::join(&text, &more.text);
            end = more.end;
        }
        Ok((text, end))
    }
}

/// What can be said of an answer without reading it.
fn look(prompt: &Prompt, text: &str, end: ReplyEnd) -> Result<(), Unusable> {
    if end == ReplyEnd::Refused {
        return Err(Unusable::ForGood(format!("the question is refused: {text}")));
    }
    if text.trim().is_empty() {
        return Err(Unusable::Yet(Complaint::of(ProblemKind::Empty, "the answer is empty")));
    }
    let (bytes, most) = (text.len(), prompt.limits.answer_bytes_max);
    if bytes > most {
        let problem = format!("the answer has {bytes} bytes; at most {most} are read: answer with less");
        return Err(Unusable::Yet(Complaint::of(ProblemKind::TooLarge, problem)));
    }
    if end == ReplyEnd::CutOff {
        let problem = "the answer was cut off again and again; answer with less";
        return Err(Unusable::Yet(Complaint::of(ProblemKind::CutOff, problem)));
    }
    Ok(())
}

/// Key under which giving up is recorded.
fn given_up(key: &StepKey) -> StepKey {
    StepKey(format!("{key}/given-up"))
}

enum Unusable {
    Yet(Complaint),
    ForGood(String),
}

/// An answer as it is shown to its author again.
fn shown(text: &str, most_bytes: usize) -> String {
    if text.len() <= most_bytes {
        return text.to_owned();
    }
    let beginning = text.get(..text.floor_char_boundary(SHOWN_BYTES)).unwrap_or_default();
    format!("{beginning}\n[and so on, {} bytes in all]", text.len())
}
