"""The sheet 清零推进台账: how far each compound has come, for a district that begins in mid-way.

A row makes the case of a compound with its steps on the days they happened, and the assignment,
consultation, acceptance and service stages these days tell of. A later import of the same sheet
goes on where the first one ended; days once taken over are not changed, and a case that people
have moved on by hand is left to them.
"""
# ruff: noqa: E501 - tables of columns read better in one line each

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _

from compounds.assignment import services as assignments
from compounds.assignment.models import Assignment, AssignmentStep
from compounds.contracts.models import ContractCompound
from compounds.contracts.services.past import link_to_assignments
from compounds.fees.models import ServiceStage
from compounds.providers.models import Provider
from compounds.registry.importing import columns as c
from compounds.registry.importing.compounds import first_compound
from compounds.registry.importing.lookups import resolve_compounds, written_compounds
from compounds.registry.importing.sheets import Context, Plan, Sheet, register
from compounds.registry.models import Compound, Stage
from compounds.registry.models.imports import ImportRow
from compounds.registry.rules import UNMANAGED_MODES
from compounds.registry.services import tallies
from governance.foundation import cells, history
from governance.foundation.bulk import in_chunks, insert_many, update_many
from governance.foundation.locks import for_update
from governance.organisation.calendar import calendar
from governance.organisation.models import Area

from . import rules
from .models import Acceptance, Case, Consultation, Transition
from .rules import progress
from .services import evidence, writing
from .services.past import StepsUndone, told_of, undo_steps

STRATEGY = {
    "单位协建": "UNIT_COBUILD",
    "红色物业帮建代管": "RED_TAKEOVER",
    "补贴过渡": "SUBSIDY_TRANSITION",
    "兜底服务": "FALLBACK",
}
STRATEGY_WORDS = {
    "帮建代管": "RED_TAKEOVER",
    "红色物业": "RED_TAKEOVER",
    "红色物业代管": "RED_TAKEOVER",
    "过渡补贴": "SUBSIDY_TRANSITION",
    "兜底": "FALLBACK",
    "协建": "UNIT_COBUILD",
}

COLUMNS = (
    c.running_number(),
    c.code("小区编码", "compound_code", ("小区代码", "小区编号"), clean=cells.code(20), width=19),
    c.text("小区名称", "compound_name", 100, ("小区",), width=24, samples=("样例路1号院",)),
    c.date("登记日期", "registered_on", ("登记时间", "建档日期"), is_required=True, width=12, samples=("2026-01-05",)),
    c.date("摸底日期", "surveyed_on", ("摸底时间",), width=12),
    c.date("摸底核实日期", "verified_on", ("核实日期", "核实时间"), width=12),
    c.date("街道确认日期", "confirmed_on", ("策略确认日期",), width=12),
    c.date("定策日期", "approved_on", ("区级审定日期", "审定日期"), width=12),
    c.choice("策略", "strategy", STRATEGY, ("确定策略", "治理策略"), words=STRATEGY_WORDS, width=18),
    c.text("承接单位", "provider_name", 100, ("承接企业", "物业企业"), width=28),
    c.code("统一社会信用代码", "credit_code", ("信用代码",), clean=cells.code(18), width=22),
    c.date("承接提出日期", "proposed_on", ("提出日期",), width=12),
    c.date("街道审核日期", "reviewed_on", ("审核日期",), width=12),
    c.date("对接完成日期", "matched_on", ("区级批准日期", "对接日期"), width=12),
    c.date("征求意见公示日期", "noticed_on", ("公示日期",), width=12),
    c.date("征求意见完成日期", "consulted_on", ("征求截止日期", "征求意见日期"), width=12),
    c.integer("应征求户数", "households_asked", ("征求户数",), width=10),
    c.integer("答复户数", "households_answered", (), width=10),
    c.integer("同意户数", "households_agreed", (), width=10),
    c.date("签约日期", "signed_on", ("签订日期",), width=12),
    c.date("进驻日期", "served_on", ("进驻时间",), width=12),
    c.date("收费意见征求日期", "consult_stage_on", (), width=12),
    c.date("收费日期", "charge_stage_on", ("开始收费日期",), width=12),
    c.date("申请验收日期", "put_forward_on", (), width=12),
    c.date("验收日期", "accepted_on", ("验收时间",), width=12),
    c.date("清零日期", "cleared_on", ("清零时间",), width=12),
    c.date("首次清零日期", "first_cleared_on", (), width=12),
    c.date("反弹日期", "lost_on", ("失管日期",), width=12),
    c.text("反弹原因", "loss_reason", 300, ("失管原因",), width=24),
    c.text("包联领导", "leader", 100, ("包联人",), width=14, samples=("样例甲",)),
    c.date("计划完成时间", "planned_on", ("计划完成日期",), width=12, samples=("2026-12-31",)),
    c.text("文号", "document", 150, ("定策文号",), width=22),
    c.text("验收单号", "acceptance_document", 150, (), width=18),
    c.text("合同编号", "", 60, (), width=18),
    c.text("备案日期", "", 60, (), width=12),
    c.text("失管确认日期", "", 60, (), width=12),
    c.text("批准文号", "", 150, (), width=18),
)  # fmt: skip

BY_FIELD = {column.field: column for column in COLUMNS if column.field}
# What may be said anew of a case that stands, or only names the row.
FREE = frozenset({"leader", "planned_on", "provider_name", "compound_code", "compound_name"})
BESIDE = frozenset({"document", "acceptance_document"})
PARTS = tuple(name for name in BY_FIELD if name not in FREE)
FACTS = (
    "id",
    "is_unmanaged",
    "management_mode",
    "surveyed_on",
    "strategy",
    "district_id",
)
WAY = tuple(field.name for field in fields(progress.Way))


def way_of(values: dict[str, Any]) -> progress.Way:
    """The days of a row (or of a case as the sheet would tell it)."""
    said = {name: values.get(name) for name in WAY if name != "provider"}
    said["strategy"] = said["strategy"] or ""
    said["loss_reason"] = said["loss_reason"] or ""
    return progress.Way(**said, provider=values.get("credit_code") or "")


class ProgressSheet(Sheet):
    """Rows of cases: one for each compound, matched by its code, else by its name."""

    key = "progress"
    titles = ("清零推进台账", "清零进度台账", "清零台账")
    name = gettext_lazy("progress of the campaign")
    columns = COLUMNS
    model = Case
    right = "case.work"
    stored = ("leader", "planned_on")
    parts = PARTS
    own_relations = ("transitions", "consultations", "acceptances")
    list_url = "clearing:case_list"

    # -- planning ------------------------------------------------------------------------------
    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        for plan in plans:
            said = plan.record.values
            if "compound_code" not in said and "compound_name" not in said:
                plan.refuse(_("Give the compound's code or name."), "compound_name")
        resolve_compounds(list(plans), context, self.right)
        self._providers(plans, context)
        ids = [plan.context["compound"] for plan in plans if plan.context.get("compound")]
        rows = Compound.objects.filter(pk__among=ids).values(*FACTS)
        facts = {row["id"]: row for row in rows}
        found = self._existing(ids)
        for plan in plans:
            if plan.record.is_refused:
                continue
            where = plan.context["compound"] or plan.context["code"] or plan.context["name"]
            plan.key = str(where)
            plan.shown_key = plan.context["code"]
            plan.existing = found.get(plan.context["compound"])
            self._judge(plan, facts.get(plan.context["compound"]), context)

    def _providers(self, plans: Sequence[Plan], context: Context) -> None:
        """Firms by credit code, else by name; those of the same workbook come before."""
        known = context.known.get("case_providers")
        if known is None:
            rows = Provider.objects.filter(district_id=context.batch.district_id)
            known = context.known["case_providers"] = ({}, defaultdict(list))
            for code, name in rows.values_list("credit_code", "name"):
                known[0][code] = name
                known[1][name].append(code)
        by_code, by_name = known
        new = context.known.get("new_providers", set())
        for plan in plans:
            said = plan.record.values
            code, name = said.get("credit_code"), said.get("provider_name")
            if code:
                if code not in by_code and code not in new:
                    plan.refuse(_("There is no provider of this credit code."), "credit_code")
                elif name and code in by_code and by_code[code] != name:
                    plan.refuse(
                        _("The code belongs to %(name)s, not to this firm."),
                        "provider_name",
                        name=by_code[code],
                    )
            elif name:
                codes = by_name.get(name, ())
                if len(codes) == 1:
                    said["credit_code"] = codes[0]
                else:
                    plan.refuse(_("Give the credit code of this provider."), "provider_name")

    def _existing(self, compounds: Iterable[int]) -> dict[int, dict]:
        """Cases by compound, as the sheet would tell them."""
        found = {}
        for chunk in in_chunks(sorted(set(compounds))):
            found.update(told_of(Case.objects.filter(compound__among=chunk)))
        return found

    def _judge(self, plan: Plan, facts: dict | None, context: Context) -> None:
        said = plan.record.values
        existing = plan.existing
        if existing is None:
            way = way_of(said)
            if way.surveyed_on is None and facts and facts["surveyed_on"]:
                said["surveyed_on"] = facts["surveyed_on"]
                way = self._surveyed(plan, way_of(said))
        else:
            way = self._extended(plan, existing)
            if way is None:
                return
        for problem in progress.problems(way, context.today):
            plan.refuse(problem.message, problem.field, **problem.values)
        if plan.record.is_refused or facts is None:
            return
        steps = progress.steps(way)
        is_waiting = steps[-1].to_state not in rules.SERVED and way.lost_on is None
        if existing is None and is_waiting and not facts["is_unmanaged"]:
            plan.refuse(_("The register says that this compound is managed."), "compound_name")
        if existing is not None and not self._goes_on(existing, steps):
            plan.refuse(_("The case has other steps than these days tell of."), "registered_on")
        if way.approved_on and facts["strategy"] and way.strategy != facts["strategy"]:
            plan.warn(_("The register proposes another strategy."), "strategy")

    @staticmethod
    def _surveyed(plan: Plan, way: progress.Way) -> progress.Way:
        """The register's day of the survey, kept between the days beside it."""
        said = plan.record.values
        if way.registered_on is None:
            return way
        day = max(said["surveyed_on"], way.registered_on)
        said["surveyed_on"] = min(day, way.verified_on) if way.verified_on else day
        return way_of(said)

    @staticmethod
    def _extended(plan: Plan, existing: dict) -> progress.Way | None:
        """The days of a case that stands with what the row adds; None where the row is refused."""
        said = plan.record.values
        if not existing["is_past"]:
            changed = [n for n in PARTS if n in said and n not in BESIDE and existing[n] != said[n]]
            if changed:
                plan.refuse(
                    _("People have moved this case on by hand since; go on with it on its page."),
                    changed[0],
                )
            for name in BESIDE:
                said.pop(name, None)
            return None
        added = False
        for name in PARTS:
            if name not in said or name in BESIDE or existing[name] == said[name]:
                continue
            before = existing[name]
            if before in (None, "") or (name == "cleared_on" and said.get("lost_on")):
                added = True
            elif existing["lost_on"] is None and said.get("lost_on"):
                added = True  # a second round is told now
            else:
                column = BY_FIELD[name]
                plan.refuse(
                    _("The case says %(before)s here."), name, before=str(column.shown(before))
                )
        if not added:
            for name in BESIDE:
                said.pop(name, None)
        return way_of({**existing, **said})

    @staticmethod
    def _goes_on(existing: dict, steps: Sequence[progress.Taken]) -> bool:
        """Whether the recorded steps are the first of these."""
        recorded = existing["steps"]
        wanted = [(s.kind, s.from_state, s.to_state, s.on) for s in steps]
        return wanted[: len(recorded)] == recorded

    # -- writing -------------------------------------------------------------------------------
    def lock(self, context: Context, rows: QuerySet) -> None:
        """Compounds come before cases, as every writer locks them."""
        context.known["progress_terms"] = None

    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        compounds = written_compounds(rows, context)
        if any(compound is None for compound in compounds.values()):
            return True
        ids = [compound.pk for compound in compounds.values()]
        return Case.objects.filter(compound__among=ids).exists()

    def build(self, rows: Sequence[ImportRow], context: Context) -> list[Case]:
        compounds = written_compounds(rows, context)
        writing.locked_compounds(compound.pk for compound in compounds.values())
        made = []
        for row in rows:
            compound, values = compounds[row.pk], self.values_of(row)
            case = Case(
                compound=compound,
                community_id=compound.community_id,
                street_id=compound.street_id,
                district_id=compound.district_id,
                registered_on=values["registered_on"],
                entered_on=values["registered_on"],
                leader=values.get("leader") or "",
                planned_on=values.get("planned_on"),
            )
            self._stand(case, way_of(values), context)
            made.append(case)
        return made

    def _stand(self, case: Case, way: progress.Way, context: Context) -> list[progress.Taken]:
        """Set a case to where its days have brought it."""
        steps = progress.steps(way)
        terms, days = self._terms(case.district_id, context)
        for step in steps:
            if step.kind == rules.states.LOSS:
                case.rebound_count += 1
                case.cleared_on = case.served_from = case.watched_until = None
                writing.forget_choice(case)
            if step.kind == rules.states.CONFIRM:
                case.strategy, case.confirmed_on = way.strategy, step.on
            if step.to_state != case.state:
                case.entered_on = step.on
            if step.to_state == Stage.CONSULTING:
                case.provider_id = self._firm(way.provider, context)
            elif step.to_state == Stage.SERVING:
                case.served_from = step.on
            elif step.to_state == Stage.CLEARED:
                case.cleared_on = step.on
                case.first_cleared_on = case.first_cleared_on or step.on
                case.watched_until = rules.months_later(step.on, rules.WATCH_MONTHS)
            case.state = step.to_state
        case.due_on = rules.due_on(case.state, case.entered_on, terms, days)
        return steps

    @staticmethod
    def _terms(district: int, context: Context):
        found = context.known.get("progress_terms")
        if found is None:
            found = context.known["progress_terms"] = {}
        if district not in found:
            found[district] = (evidence.terms_of([district])[district], _Days(calendar()))
        return found[district]

    @staticmethod
    def _firm(code: str, context: Context) -> int | None:
        if "progress_firms" not in context.known:
            rows = Provider.objects.filter(district_id=context.batch.district_id)
            context.known["progress_firms"] = {row.credit_code: row for row in rows}
        row = context.known["progress_firms"].get(code)
        return row.pk if row else None

    def settle(self, obj: Case, changed: Iterable[str]) -> None:
        """Cases that go on are set to where they stand by `written`, which knows their days."""

    def written(self, rows, objects: Sequence[Case], context: Context) -> None:
        new = {
            obj.pk
            for row, obj in zip(rows, objects, strict=True)
            if "registered_on" in row.changes and row.changes["registered_on"][0] is None
        }
        told = {}
        if len(new) < len(objects):
            told = {
                v["pk"]: v
                for v in self._existing(
                    [o.compound_id for o in objects if o.pk not in new]
                ).values()
            }
        going = []
        for row, obj in zip(rows, objects, strict=True):
            values = self.values_of(row)
            if obj.pk in new:
                going.append((obj, values, way_of(values), 0))
            elif set(values) - FREE - BESIDE:
                before = told[obj.pk]
                way = way_of({**before, **values})
                case = Case(
                    pk=obj.pk,
                    compound_id=obj.compound_id,
                    district_id=obj.district_id,
                    registered_on=obj.registered_on,
                    state=Stage.REGISTERED,
                )
                case.entered_on = obj.registered_on
                self._stand(case, way, context)
                for name in writing.COLUMNS:
                    column = Case._meta.get_field(name).attname
                    if name not in ("version", "updated_at", "planned_on"):
                        setattr(obj, column, getattr(case, column))
                going.append((obj, values, way, len(before["steps"])))
        moved = [obj for obj, _v, _w, begun in going if begun]
        if moved:
            update_many(
                Case, moved, [n for n in writing.COLUMNS if n not in ("version", "planned_on")]
            )
            Case.history.model.objects.filter(
                id__in=[o.pk for o in moved], history_change_reason=context.batch.batch
            ).delete()
            history.record_versions(
                Case,
                [o.pk for o in moved],
                kind=history.CHANGED,
                by=context.by,
                reason=context.batch.batch,
            )
        self._write_steps(going, context)
        self._write_papers(going, context)
        self._follow(going, context)
        self._write_assignments(going, context)

    def _write_steps(self, going, context: Context) -> None:
        now, post = timezone.now(), writing.posts_of(context.by)
        made = []
        for case, values, way, begun in going:
            terms, days = self._terms(case.district_id, context)
            entered, state = None, ""
            for number, step in enumerate(progress.steps(way)):
                due = rules.due_on(state, entered, terms, days) if entered else None
                late = 0 if step.is_unknown else rules.days_late(due, step.on)
                if step.to_state != state:
                    state, entered = step.to_state, step.on
                if number < begun:
                    continue
                is_choice = step.kind == rules.states.CONFIRM or step.to_state in rules.WAY[3:]
                made.append(
                    Transition(
                        case_id=case.pk,
                        district_id=case.district_id,
                        street_id=case.street_id,
                        community_id=case.community_id,
                        kind=step.kind,
                        from_state=step.from_state,
                        to_state=step.to_state,
                        strategy=way.strategy if is_choice else "",
                        on=step.on,
                        at=now,
                        by_id=context.by.pk,
                        post=post,
                        document=self._paper(values, step),
                        reason=step.reason[:300],
                        days_late=late,
                        batch=context.batch.batch,
                    )
                )
        insert_many(Transition, made)

    @staticmethod
    def _paper(values: dict, step: progress.Taken) -> str:
        if step.to_state == Stage.MATCHING:
            return values.get("document") or ""
        return (values.get("acceptance_document") or "") if step.to_state == Stage.CLEARED else ""

    def _write_papers(self, going, context: Context) -> None:
        consultations, acceptances = [], []
        for case, values, way, _begun in going:
            place = {
                "district_id": case.district_id,
                "street_id": case.street_id,
                "community_id": case.community_id,
            }
            if values.get("noticed_on"):
                consultations.append(
                    Consultation(
                        case_id=case.pk,
                        method=Consultation.Method.VISITS
                        if way.consulted_on and values.get("households_asked")
                        else Consultation.Method.NOTICE,
                        noticed_on=way.noticed_on,
                        closed_on=way.consulted_on,
                        households_asked=values.get("households_asked"),
                        households_answered=values.get("households_answered"),
                        households_agreed=values.get("households_agreed"),
                        held_by_id=context.by.pk,
                        **place,
                    )
                )
            elif values.get("consulted_on"):
                Consultation.objects.filter(case=case.pk, noticed_on=way.noticed_on).update(
                    closed_on=way.consulted_on
                )
            if values.get("accepted_on"):
                acceptances.append(
                    Acceptance(
                        case_id=case.pk,
                        on=way.accepted_on,
                        staff_on_post=True,
                        refuse_cleared=True,
                        board_up=True,
                        complaint_line=True,
                        document=values.get("acceptance_document") or "",
                        accepted_by_id=context.by.pk,
                        **place,
                    )
                )
        insert_many(Consultation, consultations)
        insert_many(Acceptance, acceptances)

    def _follow(self, going, context: Context) -> None:
        """The register's columns; a mode that follows is no edit that would hold the import fast."""
        compounds = {
            row.pk: row
            for row in Compound.objects.filter(
                pk__among=[case.compound_id for case, *_rest in going]
            ).only(*writing.READ_OF_COMPOUNDS)
        }
        moves = []
        for case, _values, way, _begun in going:
            row = compounds[case.compound_id]
            mode = ""
            if case.state in rules.SERVED and row.management_mode in UNMANAGED_MODES:
                mode = writing.MODES.get(case.strategy, "FIRM")
            elif way.lost_on and case.state not in rules.SERVED:
                mode = "ABANDONED"
            moves.append(
                writing.Move(case, row, "", case.state, way.served_on or case.entered_on, mode=mode)
            )
        writing.follow_register(moves, by=context.by, reason=context.batch.batch, is_edit=False)

    def _write_assignments(self, going, context: Context) -> None:
        """Providers that were found, and the service that began; two rounds tell only the last."""
        going = [one for one in going if one[2].matched_on]
        ids = [case.compound_id for case, *_rest in going]
        open_ = Assignment.objects.open().filter(compound__among=ids).order_by("state")
        known = {row.compound_id: row for row in open_}
        compounds = Compound.objects.in_bulk(ids)
        rows = []
        for case, values, way, _begun in going:
            row = known.get(case.compound_id)
            if row is not None:
                row = self._go_on(row, values, way, context)
                known[case.compound_id] = row
            is_over = row is not None and row.state == Assignment.State.ENDED
            if (row is None and (values.get("matched_on") or values.get("lost_on"))) or (
                is_over and progress.is_second(way)
            ):
                rows.append(self._past(case, compounds[case.compound_id], way, context))
        if rows:
            for row in assignments.record_past(by=context.by, rows=rows, batch=context.batch.batch):
                known[row.compound_id] = row
            link_to_assignments(row.compound.pk for row in rows)
        self._write_stages(going, known, context)

    def _past(self, case: Case, compound: Compound, way: progress.Way, context: Context):
        State = Assignment.State  # noqa: N806
        taken = [(State.PROPOSED, way.proposed_on or way.reviewed_on or way.matched_on)]
        taken.append((State.STREET_REVIEWED, way.reviewed_on or way.matched_on))
        taken.append((State.DISTRICT_APPROVED, way.matched_on))
        if way.served_on:
            taken.append((State.ACTIVE, way.served_on))
        is_lost = way.lost_on and way.served_on and not progress.is_second(way)
        if is_lost:
            taken.append((State.ENDED, max(way.lost_on, way.served_on)))
        self._firm(way.provider, context)
        return assignments.PastAssignment(
            compound=compound,
            provider=context.known["progress_firms"][way.provider],
            strategy=way.strategy,
            steps=tuple(assignments.PastStep(state, on) for state, on in taken),
            end_reason=Assignment.EndReason.LOST if is_lost else "",
            planned_on=case.planned_on,
        )

    def _go_on(self, row: Assignment, values: dict, way: progress.Way, context: Context):
        """An assignment taken over earlier begins to serve, or ends."""
        batch, is_second = context.batch.batch, progress.is_second(way)
        if way.served_on and not is_second and row.state != Assignment.State.ACTIVE:
            row = assignments.activate_assignment(
                by=context.by, assignment=row, starts_on=way.served_on, batch=batch
            )
        if values.get("lost_on") and row.state == Assignment.State.ACTIVE:
            row = assignments.end_assignment(
                by=context.by,
                assignment=row,
                version=row.version,
                ended_on=max(way.lost_on, row.starts_on),
                end_reason=Assignment.EndReason.LOST,
            )
            row.steps.filter(to_state=row.state).update(batch=batch)
        return row

    def _write_stages(self, going, by_compound: dict[int, Assignment], context: Context) -> None:
        begun = defaultdict(set)
        for assignment, stage in ServiceStage.objects.filter(
            assignment__among=[row.pk for row in by_compound.values()]
        ).values_list("assignment", "stage"):
            begun[assignment].add(stage)
        made = []
        for case, values, way, _begun in going:
            row = by_compound.get(case.compound_id)
            if row is None or not way.served_on:
                continue
            note, paper = self._outcome(values)
            days = {
                "SERVE": way.served_on,
                "CONSULT": way.consult_stage_on or way.charge_stage_on,
                "CHARGE": way.charge_stage_on,
            }
            for position, (stage, day) in enumerate(days.items(), start=1):
                if day and stage not in begun[row.pk]:
                    made.append(
                        ServiceStage(
                            assignment_id=row.pk,
                            stage=stage,
                            position=position,
                            began_on=day,
                            note=note if stage == "CHARGE" else "",
                            document=paper if stage == "CHARGE" else "",
                            recorded_by_id=context.by.pk,
                            district_id=case.district_id,
                            street_id=case.street_id,
                            community_id=case.community_id,
                        )
                    )
        insert_many(ServiceStage, made)

    @staticmethod
    def _outcome(values: dict) -> tuple[str, str]:
        """What charging rests on, as far as the sheet tells: the outcome, and a document."""
        told = gettext("As the register of the campaign tells")
        if values.get("households_agreed") is None:
            return told, values.get("document") or told
        words = gettext("%(agreed)s of %(answered)s households that answered agreed")
        counts = {
            "agreed": values["households_agreed"],
            "answered": values.get("households_answered") or values["households_agreed"],
        }
        return words % counts, values.get("document") or told

    def touch(self, objects: Sequence[Case], context: Context) -> None:
        context.known.setdefault("progress_communities", set()).update(
            obj.community_id for obj in objects
        )

    def finish(self, context: Context) -> None:
        tallies.refresh(context.known.pop("progress_communities", ()))

    # -- undoing -------------------------------------------------------------------------------
    def delete_parts(self, ids: Sequence[int], context: Context) -> None:
        compounds = list(Case.objects.filter(pk__among=ids).values_list("compound", flat=True))
        self._take_back(compounds, context)
        for model in (Transition, Consultation, Acceptance):
            rows = model.objects.filter(case__in=ids)
            rows._raw_delete(rows.db)
        undo_steps(compounds, {}, by=context.by, batch=context.batch.batch)

    def _take_back(self, compounds: Sequence[int], context: Context) -> None:
        """Assignments that this import took over, and steps it added to earlier ones."""
        batch = context.batch.batch
        own = Assignment.objects.filter(compound__among=compounds, batch=batch)
        # Contracts stay: they came by a sheet of their own.
        ContractCompound.objects.filter(assignment__in=own.values("pk")).update(assignment=None)
        ServiceStage.objects.filter(assignment__in=own.values("pk")).delete()
        assignments.take_back_past(by=context.by, batch=batch, compounds=compounds)
        if own.exists():
            raise StepsUndone
        added = AssignmentStep.objects.filter(batch=batch, assignment__compound__among=compounds)
        for row in for_update(Assignment.objects.filter(pk__in=added.values("assignment"))):
            self._step_back(row, context)

    @staticmethod
    def _step_back(row: Assignment, context: Context) -> None:
        row.steps.filter(batch=context.batch.batch).delete()
        last = row.steps.order_by("pk").last()
        if last.to_state != Assignment.State.ACTIVE:
            row.starts_on = None
            ServiceStage.objects.filter(assignment=row).delete()
        row.state, row.ended_on, row.end_reason = last.to_state, None, ""
        row.handover.filter(direction="OUT").delete()
        row.version += 1
        history.signed(row, by=context.by, reason=context.batch.batch).save()

    def restore(self, obj: Case, row: ImportRow, context: Context) -> None:
        super().restore(obj, row, context)
        values = self.values_of(row)
        if not set(values) - FREE - BESIDE:
            return
        self._take_back([obj.compound_id], context)
        steps = Transition.objects.filter(case=obj.pk, batch=context.batch.batch)
        steps._raw_delete(steps.db)
        if values.get("noticed_on"):
            Consultation.objects.filter(case=obj.pk, noticed_on=values["noticed_on"]).delete()
        elif values.get("consulted_on"):
            Consultation.objects.filter(case=obj.pk, closed_on=values["consulted_on"]).update(
                closed_on=None
            )
        if values.get("accepted_on"):
            Acceptance.objects.filter(case=obj.pk, on=values["accepted_on"]).delete()
        told = told_of(Case.objects.filter(pk=obj.pk))[obj.compound_id]
        case = Case(
            pk=obj.pk,
            district_id=obj.district_id,
            state=Stage.REGISTERED,
            entered_on=obj.registered_on,
        )
        self._stand(case, way_of(told), context)
        for name in writing.COLUMNS:
            column = Case._meta.get_field(name).attname
            if name not in ("version", "updated_at", "planned_on"):
                setattr(obj, column, getattr(case, column))
        undo_steps(
            [obj.compound_id], {obj.compound_id: obj}, by=context.by, batch=context.batch.batch
        )

    def settled_columns(self) -> tuple[str, ...]:
        return tuple(
            name for name in writing.COLUMNS if name not in ("version", "updated_at", "planned_on")
        )

    # -- showing -------------------------------------------------------------------------------
    def placed_sample(self, row: dict, area: Area) -> dict | None:
        compound = first_compound(area)
        return row | {"小区编码": compound.code, "小区名称": compound.name} if compound else None

    def links(self, rows: Sequence[ImportRow]) -> dict[int, str]:
        found = Case.objects.filter(pk__in=[row.object_id for row in rows])
        return {
            pk: reverse("clearing:case_detail", args=[code])
            for pk, code in found.values_list("pk", "compound__code")
        }

    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        number = 0
        ids = queryset.order_by("compound__code").values_list("pk", flat=True)
        named = [column for column in self.columns if column.field]
        blank = [None] * sum(1 for column in self.columns[1:] if not column.field)
        for chunk in in_chunks(ids.iterator(chunk_size=2000)):
            told = told_of(Case.objects.filter(pk__among=chunk))
            rows = sorted(told.values(), key=lambda row: row["compound_code"])
            for row in rows:
                number += 1
                yield [number, *(column.shown(row[column.field]) for column in named), *blank]


class _Days:
    """The calendar, which remembers: the same few days stand in many rows."""

    def __init__(self, days):
        self._days = days
        self._seen: dict[tuple, dt.date] = {}

    def due_on(self, start: dt.date, days: int, unit: str) -> dt.date:
        key = (start, days, unit)
        if key not in self._seen:
            self._seen[key] = self._days.due_on(start, days, unit)
        return self._seen[key]

    def add_working_days(self, start: dt.date, days: int) -> dt.date:
        return self.due_on(start, days, rules.WORKING)


PROGRESS = register(ProgressSheet())
