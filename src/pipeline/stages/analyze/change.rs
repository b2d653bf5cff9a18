//! What a change makes of a project's spec and stories.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Analysis, ask_analyst, problems_of};
use crate::{
    domain::{
        blueprint::{self, DataChange},
        requirements::RequirementsChange,
        spec::{Feature, Spec},
    },
    pipeline::{Interruption, change::Standing, context::Context},
    spec,
};

#[derive(Deserialize)]
struct Answer {
    /// Empty when nothing of it changes.
    structure: Map<String, Value>,
    #[serde(flatten)]
    requirements: RequirementsChange,
}

/// A new spec that says all: the stories stay as they are.
pub(super) fn of_structure(spec: Spec, before: &Standing) -> Analysis {
    Analysis { whole: Some(before.analysis.whole().clone()), ..Analysis::of_structure(spec) }
}

/// Has the analyst say what the user's words change.
pub(super) async fn ask(context: &Context<'_>, before: &Standing) -> Result<Analysis, Interruption> {
    let asked = context.order.change.clone().unwrap_or_default();
    let (present, whole) = (&before.analysis.spec, before.analysis.whole());
    let told = json!({
        "spec_title": present.title,
        "words": asked.words,
        "attachments": asked.attachments,
        "structure": spec::surface_yaml(&structure_of(present)),
        "stories": whole.stories,
        "pack_summary": context.pack.manifest().summary,
        "spec_format": spec::format_guide(),
    });
    let keeps_data = context.pack.manifest().data.is_some();
    let pack_facts = context.pack.manifest().facts();
    ask_analyst(context, ("change", &told), |answer: Answer| {
        let mut problems = Vec::new();
        let spec = if answer.structure.is_empty() {
            Some(context.order.spec.clone())
        } else {
            let structure = Value::Object(answer.structure);
            let completed = spec::complete(&without_structure(&context.order.spec), &structure);
            problems.extend(completed.problems.iter().map(ToString::to_string));
            completed.spec
        };
        if let Some(spec) = &spec {
            let (after, found) = blueprint::derive(spec, &pack_facts);
            problems.extend(found.iter().map(ToString::to_string));
            if keeps_data {
                let (_, found) = DataChange::between(&before.blueprint, &after, asked.drops_data);
                problems.extend(found.iter().map(ToString::to_string));
            }
        }
        let changed = match whole.changed(answer.requirements) {
            Ok(changed) => Some(changed),
            Err(found) => {
                problems.extend(found);
                None
            }
        };
        if let Some(changed) = &changed {
            problems.extend(problems_of(&changed.whole));
        }
        match (spec, changed) {
            (Some(spec), Some(changed)) if problems.is_empty() => Ok(Analysis {
                spec,
                requirements: changed.now,
                whole: Some(changed.whole),
                withdrawn: changed.withdrawn,
            }),
            _ => Err(problems),
        }
    })
    .await
}

/// What a spec says as structure: the words were dealt with before.
fn structure_of(spec: &Spec) -> Spec {
    let features: Vec<Feature> = Vec::new();
    Spec { prose: String::new(), features, attachments: Vec::new(), acceptance: Vec::new(), ..spec.clone() }
}

/// The rest of a spec.
fn without_structure(spec: &Spec) -> Spec {
    Spec { entities: Vec::new(), relations: Vec::new(), sign_in: None, ..spec.clone() }
}
