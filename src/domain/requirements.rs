//! What the user's prose asks for beyond the structure that a template pack writes: stories, each with what shows that
//! it is done.

use std::collections::BTreeSet;

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

impl Story {
    /// Whether its id is one that stories get.
    #[must_use]
    pub fn has_own_number(&self) -> bool {
        number_of(&self.id) > 0 && self.id == format!("S{}", number_of(&self.id))
    }
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

/// What a change makes of the stories, as a model writes it.
#[derive(Debug, Clone, Deserialize)]
pub struct RequirementsChange {
    stories: Vec<ChangedStory>,
    #[serde(default)]
    withdrawn: Vec<String>,
    #[serde(default)]
    assumptions: Vec<String>,
    #[serde(default)]
    questions: Vec<Question>,
    #[serde(default)]
    risks: Vec<Risk>,
}

#[derive(Debug, Clone, Deserialize)]
struct ChangedStory {
    /// The story that it takes the place of; empty for a new one.
    #[serde(default)]
    replaces: String,
    #[serde(flatten)]
    draft: StoryDraft,
}

/// What a change came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// What is new or other than before.
    pub now: Requirements,
    /// All that holds from now on.
    pub whole: Requirements,
    /// Stories that hold no more.
    pub withdrawn: Vec<String>,
}

impl Requirements {
    /// Takes a change in. A story that takes the place of another keeps its number; a new one gets the next.
    ///
    /// # Errors
    /// Stories that it speaks of and that are not there, or that it speaks of twice.
    pub fn changed(&self, change: RequirementsChange) -> Result<Changed, Vec<String>> {
        let RequirementsChange { stories, withdrawn, assumptions, questions, risks } = change;
        let mut problems = Vec::new();
        let mut spoken_of = BTreeSet::new();
        for id in stories.iter().map(|story| &story.replaces).filter(|id| !id.is_empty()).chain(&withdrawn) {
            if !self.stories.iter().any(|story| story.id == *id) {
                problems.push(format!("there is no story `{id}`"));
            } else if !spoken_of.insert(id.clone()) {
                problems.push(format!("story {id} is replaced or withdrawn twice"));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut next = self.stories.iter().map(|story| number_of(&story.id)).max().unwrap_or(0);
        let mut now = Self { stories: Vec::new(), assumptions, questions, risks };
        for ChangedStory { replaces, draft } in stories {
            let number = if replaces.is_empty() {
                next += 1;
                next
            } else {
                number_of(&replaces)
            };
            now.stories.push(story(number, draft));
        }
        let mut whole = self.clone();
        whole.stories.retain(|story| !spoken_of.contains(&story.id));
        whole.stories.extend(now.stories.iter().cloned());
        whole.stories.sort_by_key(|story| number_of(&story.id));
        whole.assumptions.extend(now.assumptions.iter().cloned());
        whole.questions.extend(now.questions.iter().cloned());
        whole.risks.extend(now.risks.iter().cloned());
        Ok(Changed { now, whole, withdrawn })
    }
}

fn number_of(id: &str) -> usize {
    id.strip_prefix('S').and_then(|digits| digits.parse().ok()).unwrap_or(0)
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
