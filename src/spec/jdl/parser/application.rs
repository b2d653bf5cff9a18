//! Applications and deployments.

use super::{Parsed, Parser, option, word};
use crate::spec::jdl::syntax::{Application, Deployment, Setting, Word};
use crate::spec::jdl::token::TokenKind;

impl<'a> Parser<'a, '_> {
    pub(super) fn application(&mut self, comment: Option<Word<'a>>) -> Parsed<Application<'a>> {
        let opened = word(self.take());
        self.mark("{")?;
        let mut application = Application {
            position: opened.position,
            comment,
            settings: Vec::new(),
            entities: None,
            options: Vec::new(),
        };
        while !self.closes_block() {
            if self.block_is_over() {
                return Err(self.not_closed(opened));
            }
            let before = self.next;
            if let Err(problem) = self.application_part(&mut application) {
                self.problems.push(*problem);
                self.skip_to_item(before);
            }
        }
        Ok(application)
    }

    fn application_part(&mut self, application: &mut Application<'a>) -> Parsed<()> {
        let token = self.peek();
        match (token.kind, token.text) {
            (TokenKind::Comment, _) => {
                let comment = self.comment();
                self.stray_comments.extend(comment);
            }
            (TokenKind::Name, "config") => self.config(application)?,
            (TokenKind::Name, "entities") => {
                self.take();
                application.entities = Some(self.selection()?);
            }
            (TokenKind::Name, name) if option::is_option(name) => self.option_statement(&mut application.options)?,
            _ => return Err(self.expected("jdl_expected_application_part")),
        }
        Ok(())
    }

    fn config(&mut self, application: &mut Application<'a>) -> Parsed<()> {
        let opened = word(self.take());
        let mut namespace = None;
        if self.take_mark("(") {
            namespace = Some(self.name("jdl_expected_namespace")?);
            self.mark(")")?;
        }
        self.mark("{")?;
        self.settings(opened, namespace, &mut application.settings)
    }

    pub(super) fn deployment(&mut self) -> Parsed<Deployment<'a>> {
        let opened = word(self.take());
        self.mark("{")?;
        let mut settings = Vec::new();
        self.settings(opened, None, &mut settings)?;
        Ok(Deployment { position: opened.position, settings })
    }

    /// Keys and values up to the closing brace.
    fn settings(
        &mut self,
        opened: Word<'a>,
        namespace: Option<Word<'a>>,
        settings: &mut Vec<Setting<'a>>,
    ) -> Parsed<()> {
        while !self.closes_block() {
            if self.block_is_over() {
                return Err(self.not_closed(opened));
            }
            let comment = self.comment();
            self.stray_comments.extend(comment);
            let before = self.next;
            match self.setting(namespace) {
                Ok(setting) => {
                    settings.push(setting);
                    self.take_mark(",");
                }
                Err(problem) => {
                    self.problems.push(*problem);
                    self.skip_to_item(before);
                }
            }
        }
        Ok(())
    }

    fn setting(&mut self, namespace: Option<Word<'a>>) -> Parsed<Setting<'a>> {
        let key = self.name("jdl_expected_config_key")?;
        let mut setting = Setting { namespace, key, values: Vec::new(), is_list: self.take_mark("[") };
        if setting.is_list {
            while !self.take_mark("]") {
                setting.values.push(self.setting_value()?);
                if !self.take_mark(",") && !self.is_mark("]") {
                    return Err(Box::new(self.expected("jdl_expected").with("expected", "`,` or `]`")));
                }
            }
            return Ok(setting);
        }
        setting.values.push(self.setting_value()?);
        while self.take_mark(".") {
            setting.values.push(self.setting_value()?);
        }
        Ok(setting)
    }

    fn setting_value(&mut self) -> Parsed<Word<'a>> {
        if matches!(self.peek().kind, TokenKind::Name | TokenKind::Number | TokenKind::Quoted) {
            Ok(word(self.take()))
        } else {
            Err(self.expected("jdl_expected_config_value"))
        }
    }
}
