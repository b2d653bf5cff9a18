//! Events and reports in words.

use std::path::Path;

use crate::{
    domain::{
        event::Event,
        generation::{State, Verdict},
        shown::shown,
    },
    pipeline::Report,
    process::Probe,
};

/// Most characters of a sentence of the report, which may quote a model.
const TOLD_MAX_CHARS: usize = 500;

/// Most characters of what was done about a check that failed: there may be many of them, and the report has each whole.
const MENDED_MAX_CHARS: usize = 200;

/// An event in one line; `None` for those that a person need not read.
pub(super) fn line(event: &Event) -> Option<String> {
    match event {
        Event::GenerationStarted { project, workspace, replayed_steps: 0, .. } => {
            Some(format!("{project}: working in {workspace}"))
        }
        Event::GenerationStarted { project, workspace, replayed_steps, .. } => {
            Some(format!("{project}: going on in {workspace}, {replayed_steps} steps are recorded"))
        }
        Event::Notice { problem } => Some(format!("note: {problem}")),
        Event::StageStarted { stage, .. } => Some(format!("{stage}")),
        Event::StepStarted { .. } | Event::StageFinished { .. } | Event::GenerationFinished { .. } => None,
        Event::StepFinished { step, replayed: true, verdict, .. } => {
            Some(format!("  {step}: recorded before{}", verdict.as_ref().map(told).unwrap_or_default()))
        }
        Event::StepFinished { step, verdict, duration_ms, .. } => {
            let verdict = verdict.as_ref().map(told).unwrap_or_default();
            Some(format!("  {step}: {duration_ms} ms{verdict}"))
        }
        Event::ModelAnswered { step, replayed: true, .. } => Some(format!("  {step}: answered before")),
        Event::ModelAnswered { step, provider, model, usage, cost, duration_ms, .. } => {
            let tokens = usage.total_tokens();
            let cost = cost.map(|cost| format!(", {cost} USD")).unwrap_or_default();
            Some(format!("  {step}: {provider}/{model}, {tokens} tokens{cost}, {duration_ms} ms"))
        }
        Event::Paused { cause, message, workspace } => {
            Some(format!("paused ({}): {message}; go on with: samokoder resume {workspace}", cause.name()))
        }
        Event::AwaitingApproval { calls, tokens, cost, workspace } => {
            let cost = cost.map(|cost| format!(", {cost} USD")).unwrap_or_default();
            Some(format!(
                "the plan waits for your yes: read {workspace}/tree/docs/plan.md (about {calls} model calls, {tokens} \
                 tokens{cost} to come), then: samokoder approve {workspace}"
            ))
        }
        Event::StatusChanged { status, reason, .. } => Some(format!(
            "{}{}",
            status.name(),
            reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default()
        )),
        Event::Refused { problems } => Some(super::problem_list(problems).trim_end().to_owned()),
        Event::Stopped { workspace } => Some(format!("stopped; go on with: samokoder resume {workspace}")),
        Event::Broken { message, workspace } => {
            let advice = workspace.as_ref().map(|path| format!("; go on with: samokoder resume {path}"));
            Some(format!("{message}{}", advice.unwrap_or_default()))
        }
    }
}

fn told(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Passed => ", passed".to_owned(),
        Verdict::Failed { reason } => format!(", FAILED: {reason}"),
        Verdict::NotRun { reason } => format!(", not run: {reason}"),
    }
}

/// How a generation ended.
pub(super) fn summary(report: &Report, report_path: &Path) -> String {
    let mut text = String::new();
    for check in &report.checks {
        if let Verdict::Failed { reason } = &check.verdict {
            text.push_str(&format!("\n{} ({}) failed: {reason}\n", check.title, check.id));
            for line in &check.tail {
                text.push_str(&format!("    {line}\n"));
            }
            if let Some(log) = &check.log {
                text.push_str(&format!("  full log: {log}\n"));
            }
        }
    }
    for undone in &report.undone {
        text.push_str(&format!("\nnot done: {}\n", shown(undone, TOLD_MAX_CHARS)));
    }
    let verdict = match report.state {
        State::Succeeded => {
            format!("verified: {} checks ran and passed", report.checks.len())
        }
        State::Failed => "FAILED: see above".to_owned(),
        State::Unverified => format!("unverified: {}", unverified_because(report)),
    };
    let artifact = &report.artifact;
    text.push_str(&format!(
        "\n{}: {verdict}\n  ZIP       {} ({} files, {} KiB)\n  report    {}\n  workspace {}\n",
        report.project,
        artifact.path,
        artifact.files,
        artifact.size_bytes.div_ceil(1024),
        report_path.display(),
        report.workspace,
    ));
    if !report.ignored.is_empty() {
        text.push_str(&format!(
            "  {} parts of the spec have no meaning here; the report lists them\n",
            report.ignored.len()
        ));
    }
    for mended in &report.mended {
        text.push_str(&format!("  {}\n", shown(mended, MENDED_MAX_CHARS)));
    }
    for parked in &report.parked {
        text.push_str(&format!(
            "  changes that nobody recorded are kept on {parked} in the workspace's git directory\n"
        ));
    }
    text
}

fn unverified_because(report: &Report) -> String {
    let reason = report.checks.iter().find_map(|check| match &check.verdict {
        Verdict::NotRun { reason } => Some(reason.clone()),
        Verdict::Passed | Verdict::Failed { .. } => None,
    });
    reason.unwrap_or_else(|| format!("nothing was run; `samokoder verify {}` does it", report.workspace))
}

/// What a machine offers.
pub(super) fn machine(probe: &Probe) -> String {
    let mut text = format!("Generated code runs in: {}\n\nSandbox tiers, best first\n", probe.best);
    for tier in &probe.tiers {
        text.push_str(&format!("  {} {:<11} {}\n", mark(tier.works), tier.tier.as_str(), tier.explanation));
    }
    text.push_str("\nLimits in that tier\n");
    for limit in &probe.limits {
        let name = format!("{} by {}", limit.limit, limit.by);
        text.push_str(&format!("  {} {name:<22} {}\n", mark(limit.bites), limit.explanation));
    }
    text
}

fn mark(good: bool) -> &'static str {
    if good { "yes" } else { "no " }
}

#[cfg(test)]
#[path = "say_tests.rs"]
mod tests;
