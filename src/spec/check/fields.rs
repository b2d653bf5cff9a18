//! Bounds that fit their type and each other, and what an entity says about its fields.

use super::Checker;
use crate::domain::name::Identifier;
use crate::domain::problem::Problem;
use crate::domain::spec::{Constraints, Entity, Field, FieldType};
use crate::spec::forms::INTEGER_MAX;
use crate::spec::kinds;
use crate::spec::names::nearest;
use crate::spec::pattern::{self, PATTERN_MAX_CHARS, Refusal};

/// Checks every field, and the fields that an entity names.
pub(super) fn check(checker: &mut Checker<'_>) {
    for entity in &checker.spec.entities {
        let path = format!("entities.{}", entity.name);
        for field in &entity.fields {
            let path = format!("{path}.fields.{}", field.name);
            unfit(checker, &path, field);
            numbers(checker, &path, field);
            lengths(checker, &path, &field.constraints);
            if let Some(text) = &field.constraints.pattern {
                refused_pattern(checker, &format!("{path}.pattern"), text);
                pattern_against_lengths(checker, &path, (text, &field.constraints));
            }
        }
        named_fields(checker, &path, entity);
        if is_empty(checker, &path, entity) {
            checker.report(Problem::new("entity_empty", path).with("entity", &entity.name));
        }
    }
}

/// Whether a row of the entity would say nothing: it has no field and refers to nothing.
fn is_empty(checker: &Checker<'_>, path: &str, entity: &Entity) -> bool {
    let below = format!("{path}.");
    entity.fields.is_empty()
        && !checker.spec.relations.iter().any(|relation| relation.from.entity == entity.name)
        && !checker.left_out.iter().any(|left_out| left_out == path || left_out.starts_with(&below))
}

fn unfit(checker: &mut Checker<'_>, path: &str, field: &Field) {
    let Constraints { min, max, min_length, max_length, pattern } = &field.constraints;
    let given = [
        ("min", min.is_some()),
        ("max", max.is_some()),
        ("min_length", min_length.is_some()),
        ("max_length", max_length.is_some()),
        ("pattern", pattern.is_some()),
        ("unique", field.unique),
    ];
    for (constraint, _) in given.into_iter().filter(|(_, given)| *given) {
        if !kinds::takes(&field.field_type, constraint) {
            let problem = Problem::new("constraint_unfit", format!("{path}.{constraint}"))
                .with("constraint", constraint)
                .with("type", field.field_type.word())
                .with("fit", kinds::fitting(constraint));
            checker.report(problem);
        }
    }
}

fn numbers(checker: &mut Checker<'_>, path: &str, field: &Field) {
    let bounds = [("min", field.constraints.min), ("max", field.constraints.max)];
    if field.field_type == FieldType::Integer {
        for (key, bound) in bounds {
            let Some(bound) = bound else { continue };
            if !bound.fract().is_zero() || bound.abs() > INTEGER_MAX.into() {
                let problem = Problem::new("bound_not_integer", format!("{path}.{key}")).with("value", bound);
                checker.report(problem);
            }
        }
    }
    if let (Some(min), Some(max)) = (field.constraints.min, field.constraints.max)
        && min > max
    {
        checker.report(Problem::new("bounds_crossed", format!("{path}.max")).with("min", min).with("max", max));
    }
}

fn lengths(checker: &mut Checker<'_>, path: &str, constraints: &Constraints) {
    for (key, length) in [("min_length", constraints.min_length), ("max_length", constraints.max_length)] {
        if let Some(length) = length.filter(|length| *length > kinds::LENGTH_MAX) {
            let problem = Problem::new("number_out_of_bounds", format!("{path}.{key}")).with("value", length);
            checker.report(problem.with("least", 0).with("most", kinds::LENGTH_MAX));
        }
    }
    let Some(max) = constraints.max_length else { return };
    if max == 0 {
        checker.report(Problem::new("max_length_zero", format!("{path}.max_length")));
    } else if let Some(min) = constraints.min_length.filter(|min| *min > max) {
        let problem = Problem::new("lengths_crossed", format!("{path}.max_length"));
        checker.report(problem.with("min_length", min).with("max_length", max));
    }
}

fn refused_pattern(checker: &mut Checker<'_>, path: &str, text: &str) {
    let shown: String = text.chars().take(80).collect();
    let problem = match pattern::refusal(text) {
        None => return,
        Some(Refusal::TooLong) => Problem::new("pattern_too_long", path).with("most", PATTERN_MAX_CHARS),
        Some(Refusal::Syntax(message)) => Problem::new("pattern_syntax", path).with("message", message),
        Some(Refusal::Uncommon(what)) => Problem::new("pattern_uncommon", path).with("feature", what),
        Some(Refusal::TooLarge) => Problem::new("pattern_too_large", path),
    };
    checker.report(problem.with("pattern", shown));
}

/// A pattern that only matches values which the lengths forbid leaves no value at all.
fn pattern_against_lengths(checker: &mut Checker<'_>, path: &str, (text, bounds): (&str, &Constraints)) {
    let fits = |bound: Option<u32>| bound.and_then(|bound| usize::try_from(bound).ok());
    let Some((shortest, longest)) = pattern::lengths(text) else { return };
    let too_long = fits(bounds.max_length).filter(|most| shortest > *most);
    let too_short = fits(bounds.min_length).filter(|least| longest.is_some_and(|longest| longest < *least));
    let problem = if let Some(most) = too_long {
        Problem::new("pattern_over_max_length", format!("{path}.pattern")).with("count", shortest).with("most", most)
    } else if let (Some(least), Some(longest)) = (too_short, longest) {
        Problem::new("pattern_under_min_length", format!("{path}.pattern")).with("count", longest).with("least", least)
    } else {
        return;
    };
    checker.report(problem);
}

fn named_fields(checker: &mut Checker<'_>, path: &str, entity: &Entity) {
    if let Some(name) = &entity.display_field {
        named(checker, &format!("{path}.display"), (entity, name), "display");
    }
    if let Some(sort) = &entity.sort {
        named(checker, &format!("{path}.sort"), (entity, &sort.field), "sort");
    }
    for (index, name) in entity.search.iter().flatten().enumerate() {
        let place = format!("{path}.search[{index}]");
        let again = entity.search.iter().flatten().take(index).any(|before| before == name);
        if again {
            checker.report(Problem::new("search_field_repeated", place).with("field", name));
        } else {
            named(checker, &place, (entity, name), "search");
        }
    }
}

/// A field that is named for a use must be there and fit it.
pub(super) fn named(checker: &mut Checker<'_>, place: &str, (entity, name): (&Entity, &Identifier), used_for: &str) {
    let field_path = format!("entities.{}.fields.{name}", entity.name);
    let fields_path = format!("entities.{}.fields", entity.name);
    if [place, &field_path, &fields_path].into_iter().any(|path| checker.was_left_out(path)) {
        return;
    }
    if let Some(field) = entity.fields.iter().find(|field| field.name == *name) {
        if !kinds::takes(&field.field_type, used_for) {
            let problem = Problem::new("field_unfit", place)
                .with("field", name)
                .with("type", field.field_type.word())
                .with("use", used_for)
                .with("fit", kinds::fitting(used_for));
            checker.report(problem);
        }
        return;
    }
    let fit = entity.fields.iter().filter(|field| kinds::takes(&field.field_type, used_for));
    let meant = nearest(name.as_str(), fit.map(|field| field.name.as_str()));
    let problem = match meant {
        Some(meant) => Problem::new("field_misspelt", place).with("meant", meant),
        None => Problem::new("field_unknown", place),
    };
    checker.report(problem.with("field", name).with("entity", &entity.name).with("use", used_for));
}
