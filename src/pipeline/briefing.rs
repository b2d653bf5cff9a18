//! What agents are told of the project: the pack's guide, the data model, the files.

use std::{collections::BTreeSet, sync::Arc};

use serde::Serialize;

use super::{
    Error, Interruption, asking::Asking, context::Context, packages::Packages, snapshot::Snapshot,
    stages::architect::Planned,
};
use crate::{
    agents::{EditFormat, Team},
    domain::path::ProjectPath,
    template::Pack,
};

/// Most bytes of files that one prompt shows in full.
const CONTENTS_MAX_BYTES: usize = 160 * 1024;
/// Most bytes of one file that a prompt shows in full.
const CONTENT_MAX_BYTES: usize = 48 * 1024;

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
    pub(crate) design: String,
    /// What the plan says of the files that tasks write.
    pub(crate) purposes: Vec<(ProjectPath, String)>,
    /// How changes are to be written.
    pub(crate) edit_format: EditFormat,
}

/// A file in a list.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FileLine {
    path: ProjectPath,
    purpose: String,
}

/// A file in full.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FileText {
    path: ProjectPath,
    text: String,
}

impl<'a> Briefing<'a> {
    /// What agents are told once the plan is made.
    pub(crate) fn of(context: &Context<'a>, planned: &Planned) -> Result<Self, Interruption> {
        let files = planned.plan.tasks.iter().flat_map(|task| &task.files);
        Ok(Self {
            asking: context.asking,
            packages: context.packages,
            team: context.team()?.clone(),
            pack: context.pack.clone(),
            guide: planned.guide.clone(),
            data_model: planned.data_model.clone(),
            design: serde_json::to_string_pretty(&planned.design)
                .map_err(|source| Error::Recorded { what: "design".to_owned(), source })?,
            purposes: files.map(|file| (file.path.clone(), file.purpose.clone())).collect(),
            edit_format: planned.edit_format,
        })
    }

    /// Every file, with what it is for.
    pub(crate) fn listing(&self, files: &Snapshot) -> Vec<FileLine> {
        files.paths().map(|path| FileLine { path: path.clone(), purpose: self.purpose(path) }).collect()
    }

    fn purpose(&self, path: &ProjectPath) -> String {
        let planned = self.purposes.iter().find(|(known, _)| known == path).map(|(_, purpose)| purpose.clone());
        planned.or_else(|| self.pack.purpose(path).map(str::to_owned)).unwrap_or_default()
    }

    /// Some files in full, as far as there is room.
    pub(crate) fn texts<'p>(
        &self,
        files: &Snapshot,
        paths: impl IntoIterator<Item = &'p ProjectPath>,
    ) -> Vec<FileText> {
        let mut texts = Vec::new();
        self.add(&mut texts, files, paths);
        texts
    }

    /// Adds further files in full, as far as there is room and they are not there yet.
    pub(crate) fn add<'p>(
        &self,
        texts: &mut Vec<FileText>,
        files: &Snapshot,
        paths: impl IntoIterator<Item = &'p ProjectPath>,
    ) {
        let mut shown: BTreeSet<ProjectPath> = texts.iter().map(|file| file.path.clone()).collect();
        let mut bytes: usize = texts.iter().map(|file| file.text.len()).sum();
        for path in paths {
            let Some(text) = files.text(path) else { continue };
            let fits = text.len() <= CONTENT_MAX_BYTES && bytes + text.len() <= CONTENTS_MAX_BYTES;
            if fits && shown.insert(path.clone()) {
                bytes += text.len();
                texts.push(FileText { path: path.clone(), text: text.to_owned() });
            }
        }
    }
}
