//! Statements that nothing else has reported as left out.

use crate::domain::problem::Problem;
use crate::spec::jdl::findings::Findings;
use crate::spec::jdl::syntax::{Enumeration, File, Word};

use super::Uses;

/// Reports deployments, comments that describe nothing, and declarations that nobody refers to.
pub(super) fn report(file: &File<'_>, uses: &Uses<'_>, findings: &mut Findings<'_>) {
    for deployment in &file.deployments {
        let kind = deployment.settings.iter().find(|setting| setting.key.text == "deploymentType");
        let kind = kind.map(super::super::syntax::Setting::shown).unwrap_or_default();
        findings.ignore(Problem::new("jdl_ignored_deployment", "").with("type", kind), deployment.position);
    }
    for comment in &file.stray_comments {
        findings.ignore_comment("", *comment);
    }
    for enumeration in &file.enums {
        if uses.enums.contains_key(enumeration.name.text) {
            comments_of(enumeration).for_each(|comment| findings.ignore_comment("", comment));
        } else {
            let ignored = Problem::new("jdl_ignored_enum", "").with("enum", enumeration.name.text);
            findings.ignore(ignored, enumeration.name.position);
        }
    }
    for constant in file.constants.iter().filter(|constant| !uses.constants.contains(constant.name.text)) {
        let ignored = Problem::new("jdl_ignored_constant", "").with("constant", constant.name.text);
        findings.ignore(ignored, constant.name.position);
    }
}

fn comments_of<'a>(enumeration: &Enumeration<'a>) -> impl Iterator<Item = Word<'a>> {
    enumeration.comment.into_iter().chain(enumeration.values.iter().filter_map(|value| value.comment))
}
