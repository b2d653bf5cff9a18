//! Who may do what.

use super::Checker;
use crate::domain::name::Identifier;
use crate::domain::problem::Problem;
use crate::spec::names::nearest;

/// Checks the roles that entities name, and that visitors do not become administrators.
pub(super) fn check(checker: &mut Checker<'_>) {
    if let Some(sign_in) = &checker.spec.sign_in
        && sign_in.self_registration
        && sign_in.roles.len() < 2
        && !checker.was_left_out("sign_in.roles")
    {
        checker.report(Problem::new("self_registration_needs_roles", "sign_in.self_registration"));
    }
    for entity in &checker.spec.entities {
        for (key, roles) in [("read", &entity.read_roles), ("write", &entity.write_roles)] {
            if let Some(roles) = roles {
                named_roles(checker, &format!("entities.{}.access.{key}", entity.name), roles);
            }
        }
        let (Some(readers), Some(writers)) = (&entity.read_roles, &entity.write_roles) else { continue };
        let is_role = |name| checker.spec.sign_in.as_ref().is_some_and(|sign_in| sign_in.roles.contains(name));
        for (index, writer) in writers.iter().enumerate().filter(|(_, writer)| is_role(writer)) {
            let path = format!("entities.{}.access.write[{index}]", entity.name);
            if !readers.contains(writer) && !checker.was_left_out(&path) {
                checker.report(Problem::new("writer_not_reader", path).with("role", writer));
            }
        }
    }
}

fn named_roles(checker: &mut Checker<'_>, path: &str, roles: &[Identifier]) {
    if checker.was_left_out("sign_in") || checker.was_left_out("sign_in.roles") {
        return;
    }
    let Some(sign_in) = &checker.spec.sign_in else {
        checker.report(Problem::new("access_without_sign_in", path));
        return;
    };
    let mut unknown = false;
    for (index, role) in roles.iter().enumerate() {
        let place = format!("{path}[{index}]");
        if checker.was_left_out(&place) {
            unknown = true;
        } else if roles.iter().take(index).any(|before| before == role) {
            checker.report(Problem::new("role_repeated", place).with("role", role));
        } else if !sign_in.roles.contains(role) {
            unknown = true;
            let meant = nearest(role.as_str(), sign_in.roles.iter().map(Identifier::as_str));
            let known: Vec<&str> = sign_in.roles.iter().map(Identifier::as_str).collect();
            let problem = match meant {
                Some(meant) => Problem::new("role_misspelt", place).with("meant", meant),
                None => Problem::new("role_unknown", place).with("known", known.join("`, `")),
            };
            checker.report(problem.with("role", role));
        }
    }
    if let Some(administrator) = sign_in.roles.first().filter(|first| !unknown && !roles.contains(first)) {
        checker.report(Problem::new("administrator_left_out", path).with("role", administrator));
    }
}
