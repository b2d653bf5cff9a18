//! What agents are told of the project: the pack's guide, the data model, the list of its files.

use std::sync::Arc;

use super::{
    Interruption,
    asking::Asking,
    context::Context,
    listing::{self, FileLine, Purposes},
    packages::Packages,
    snapshot::Snapshot,
    stages::architect::Planned,
};
use crate::{
    agents::{EditFormat, Team},
    domain::{design::Design, path::ProjectPath, work_plan::WorkPlan},
    template::Pack,
};

/// What every agent of the code and test stages is told.
pub(crate) struct Briefing<'a> {
    pub(crate) asking: &'a Asking<'a>,
    pub(crate) packages: &'a Packages<'a>,
    pub(crate) team: Team,
    pub(crate) pack: Arc<Pack>,
    /// The pack's guide to the project.
    pub(crate) guide: String,
    /// Entities and relations, in a few lines.
    pub(crate) data_model: String,
    /// How the stories are to be met.
    pub(crate) design: Design,
    /// The tasks, with the files that they write.
    pub(crate) plan: WorkPlan,
    /// What files that tasks write are for.
    pub(crate) purposes: Purposes,
    /// How changes are to be written.
    pub(crate) edit_format: EditFormat,
}

impl<'a> Briefing<'a> {
    /// What agents are told once the plan is made.
    pub(crate) fn of(context: &Context<'a>, planned: &Planned) -> Result<Self, Interruption> {
        Ok(Self {
            asking: context.asking,
            packages: context.packages,
            team: context.team()?.clone(),
            pack: context.pack.clone(),
            guide: planned.guide.clone(),
            data_model: planned.data_model.clone(),
            design: planned.design.clone(),
            plan: planned.plan.clone(),
            purposes: planned.purposes.clone(),
            edit_format: planned.edit_format,
        })
    }

    /// The guide for whoever writes these files.
    pub(crate) fn guide_for<'p>(&self, files: impl IntoIterator<Item = &'p ProjectPath>) -> String {
        self.pack.guide_for(&self.guide, files)
    }

    /// Every file, with what it is for.
    pub(crate) fn listing(&self, files: &Snapshot) -> Vec<FileLine> {
        let purpose = |path| listing::purpose(path, &self.purposes, &self.pack);
        listing::listing(files.paths().map(|path| (path, purpose(path))))
    }

    /// Files that the tasks write which serve a story, in the order of the plan.
    pub(crate) fn files_serving(&self, story: &str) -> Vec<&ProjectPath> {
        let serves = |stories: &[String]| stories.iter().any(|served| served == story);
        let tasks = self.plan.tasks.iter().filter(|task| serves(&task.stories));
        tasks.flat_map(|task| task.files.iter().map(|file| &file.path)).collect()
    }
}
