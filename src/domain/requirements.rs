//! What the user's prose asks for beyond the structure that a template pack writes: stories, each with what shows that
//! it is done.

use serde::{Deserialize, Serialize};

use super::design::Risk;

/// What the analyst made of the user's prose, beside the completed spec.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirements {
    /// What the pack does not do by itself, in the order of their worth.
    pub stories: Vec<Story>,
    /// What was taken for granted where the prose is silent.
    pub assumptions: Vec<String>,
    /// What a person may still want to decide; nothing waits for it.
    pub questions: Vec<Question>,
    /// What may go wrong.
    pub risks: Vec<Risk>,
}

/// Something that a person may still want to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What is open.
    pub question: String,
    /// The answer that the work goes on with.
    pub assumed: String,
}

/// Something that a user wants to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// `S1`, `S2`, ... in order.
    pub id: String,
    /// A few words.
    pub title: String,
    /// Who wants what, and what for.
    pub story: String,
    /// What shows that it is done; never empty.
    pub criteria: Vec<Criterion>,
}

/// One thing that can be seen to be so or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// `S1.1`, `S1.2`, ... in order.
    pub id: String,
    /// What is the case, from outside.
    pub text: String,
}

/// The same as a model writes it: without the numbers, which are given here.
#[derive(Debug, Clone, Deserialize)]
pub struct RequirementsDraft {
    stories: Vec<StoryDraft>,
    #[serde(default)]
    assumptions: Vec<String>,
    #[serde(default)]
    questions: Vec<Question>,
    #[serde(default)]
    risks: Vec<Risk>,
}

#[derive(Debug, Clone, Deserialize)]
struct StoryDraft {
    title: String,
    story: String,
    criteria: Vec<String>,
}

impl From<RequirementsDraft> for Requirements {
    fn from(draft: RequirementsDraft) -> Self {
        let stories = (1..).zip(draft.stories).map(|(number, draft)| story(number, draft)).collect();
        Self { stories, assumptions: draft.assumptions, questions: draft.questions, risks: draft.risks }
    }
}

fn story(number: usize, draft: StoryDraft) -> Story {
    let criteria =
        (1..).zip(draft.criteria).map(|(part, text)| Criterion { id: format!("S{number}.{part}"), text }).collect();
    Story { id: format!("S{number}"), title: draft.title, story: draft.story, criteria }
}
