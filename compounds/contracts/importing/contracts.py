"""The sheet 合同备案表: a compound of a contract a row; rows of one number are one contract.

What the rows of a contract say of it must agree; a row may leave out what another one says.
"""
# ruff: noqa: E501 - tables of columns read better in one line each

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import models
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from compounds.assignment.models import Assignment
from compounds.providers.models import Provider
from compounds.registry.importing.compounds import first_compound
from compounds.registry.importing.lookups import resolve_compounds, written_compounds
from compounds.registry.importing.sheets import Context, Plan, Sheet, register
from compounds.registry.models import ImportRow
from governance.foundation import history, spreadsheets
from governance.foundation.bulk import in_chunks, insert_many, update_many
from governance.foundation.locks import for_update
from governance.organisation.models import Area

from .. import rules
from ..models import Contract, ContractCompound, ContractItem, ContractStep, Lot
from ..services.common import EDIT, settle
from ..services.past import (
    PastContract,
    new_covers,
    place_contracts,
    record_past,
    state_of,
    steps_of,
)
from .columns import (
    COLUMNS,
    ENDLESS,
    IMPORT_ONLY,
    NAMED,
    NEEDED,
    OWN,
    PARTS,
    PARTY_A_NAMES,
    SAID_OF_CONTRACT,
    USUAL_MODE,
)

Kind, State = Contract.Kind, Contract.State


class ContractSheet(Sheet):
    """Rows of contracts: matched by number and compound in the district."""

    key = "contracts"
    titles = ("合同备案表", "物业合同备案表", "服务合同备案表", "合同台账")
    name = gettext_lazy("contracts")
    columns = COLUMNS
    model = ContractCompound
    right = EDIT
    stored = ("area_m2",)
    parts = PARTS
    list_url = "contracts:contract_list"
    looks_ahead = True

    # -- planning ------------------------------------------------------------------------------
    def look_ahead(self, plans: Iterable[Plan], context: Context) -> None:
        """What all rows of a number say of their contract, and where two rows differ."""
        told: dict[str, dict[str, tuple[int, Any]]] = {}
        apart: dict[int, tuple[str, int]] = {}
        for plan in plans:
            said = plan.record.values
            number = said.get("number")
            if not number:
                continue
            own = told.setdefault(number, {})
            for name in SAID_OF_CONTRACT & set(said):
                first = own.setdefault(name, (plan.record.number, said[name]))
                if first[1] != said[name]:
                    apart.setdefault(plan.record.number, (name, first[0]))
        context.known["contracts_told"] = told
        context.known["contracts_apart"] = apart

    def resolve(self, plans: Sequence[Plan], context: Context) -> None:
        for plan in plans:
            self._complete(plan, context)
        resolve_compounds(plans, context, self.right)
        existing = self._existing(context, {p.record.values.get("number") for p in plans})
        covers = self._covers([one["pk"] for one in existing.values()])
        running = self._running(plan.context.get("compound") for plan in plans)
        for plan in plans:
            said = plan.record.values
            number = said.get("number", "")
            plan.label = f"{number} · {plan.label}"
            plan.shown_key = number
            if plan.record.is_refused:
                continue
            self._parties(plan, context)
            where = plan.context
            plan.key = (number, str(where["compound"] or where["code"] or where["name"]))
            contract = existing.get(number)
            where["number"], where["contract"] = number, contract["pk"] if contract else None
            if contract and contract["state"] in (State.DRAFT, State.CANCELLED):
                plan.refuse(
                    _("A contract of this number is being drafted here: sign and file it there."),
                    "number",
                )
                continue
            cover = covers.get((where["contract"], where["compound"]))
            if cover:
                plan.existing = {**contract, **cover}
            self._fill_in(plan, contract)
            if not plan.record.is_refused:
                self._check_alone(plan, running, context)

    def _complete(self, plan: Plan, context: Context) -> None:
        """Give the row what other rows say of its contract, and its term as two days."""
        said = plan.record.values
        number = said.get("number")
        if not said.get("compound_code") and not said.get("compound_name"):
            plan.refuse(_("Give the compound's code or name."), "compound_name")
        if not number:
            return
        for name, (_row, value) in context.known["contracts_told"].get(number, {}).items():
            said.setdefault(name, value)
        if apart := context.known["contracts_apart"].get(plan.record.number):
            plan.refuse(
                _("Row %(row)s says something else of this contract."), apart[0], row=apart[1]
            )
        term = said.pop("term", None)
        if term:
            first, _sep, last = term.partition("至")
            said.setdefault("starts_on", dt.date.fromisoformat(first))
            if last not in ENDLESS:
                said.setdefault("ends_on", dt.date.fromisoformat(last))

    def _existing(self, context: Context, numbers: Iterable[str | None]) -> dict[str, dict]:
        """Contracts by number, with the values of the sheet's columns."""
        found: dict[str, dict] = {}
        for chunk in in_chunks(sorted({number for number in numbers if number})):
            rows = Contract.objects.filter(
                district=context.batch.district_id, number__among=chunk
            ).values(
                "pk", "number", "state", *OWN,
                credit_code=F("provider__credit_code"),
                lot_name=F("lot__name"),
                follows_number=F("follows__number"),
            )  # fmt: skip
            found |= {row["number"]: {**row, "item_kinds": ""} for row in rows}
        by_id = {row["pk"]: row for row in found.values()}
        kinds = defaultdict(set)
        for chunk in in_chunks(sorted(by_id)):
            rows = ContractItem.objects.filter(contract__among=chunk)
            for pk, kind in rows.values_list("contract_id", "kind"):
                kinds[pk].add(kind)
        for pk, own in kinds.items():
            by_id[pk]["item_kinds"] = " ".join(sorted(own))
        for row in found.values():
            for name in NAMED:
                row[name] = row[name] or ""
        return found

    def _covers(self, ids: Iterable[int]) -> dict[tuple[int, int], dict]:
        found = {}
        for chunk in in_chunks(sorted(ids)):
            rows = ContractCompound.objects.filter(contract__among=chunk).values(
                "pk", "version", "area_m2", "contract_id", "compound_id"
            )
            found |= {(row["contract_id"], row["compound_id"]): row for row in rows}
        return found

    def _running(self, compounds: Iterable[int | None]) -> dict[int, str]:
        """Compounds for which a main contract runs, and its number."""
        found = {}
        for chunk in in_chunks(sorted({pk for pk in compounds if pk})):
            rows = ContractCompound.objects.filter(
                compound__among=chunk, is_main=True, is_running=True
            )
            found |= dict(rows.values_list("compound_id", "contract__number"))
        return found

    def _parties(self, plan: Plan, context: Context) -> None:
        """The provider, lot and former contract that a row names must be there."""
        said, known = plan.record.values, self._known(context)
        name = said.pop("provider_name", None)
        code = said.get("credit_code")
        if code is None and name:
            codes = known["by_name"].get(name, [])
            if len(codes) == 1:
                said["credit_code"] = codes[0]
            else:
                plan.refuse(
                    _("There is not exactly one provider of this name: give its credit code."),
                    "provider_name",
                )
        elif code and code not in known["by_code"]:
            if code not in context.known.get("new_providers", ()):
                plan.refuse(_("There is no provider of this credit code."), "credit_code")
        elif code and name and known["by_code"][code] != name:
            plan.refuse(
                _("The credit code belongs to %(name)s, not to this provider."),
                "provider_name",
                name=known["by_code"][code],
            )
        lot = said.get("lot_name")
        if lot and lot not in known["lots"]:
            plan.refuse(_("There is no lot of this name."), "lot_name")
        former = said.get("follows_number")
        told = context.known["contracts_told"]
        if former and former not in known["numbers"] and former not in told:
            plan.refuse(_("There is no contract of this number."), "follows_number")

    def _known(self, context: Context) -> dict:
        if "contract_parties" not in context.known:
            district = context.batch.district_id
            by_code = dict(
                Provider.objects.filter(district_id=district).values_list("credit_code", "name")
            )
            by_name: dict[str, list[str]] = {}
            for code, name in by_code.items():
                by_name.setdefault(name, []).append(code)
            context.known["contract_parties"] = {
                "by_code": by_code,
                "by_name": by_name,
                "lots": set(Lot.objects.filter(district=district).values_list("name", flat=True)),
                "numbers": set(
                    Contract.objects.filter(district=district).values_list("number", flat=True)
                ),
            }
        return context.known["contract_parties"]

    def _fill_in(self, plan: Plan, contract: dict | None) -> None:
        """What a new contract says without words; what it must say is asked for."""
        said = plan.record.values
        if contract is None:
            for name, words in NEEDED:
                if name not in said:
                    plan.refuse(words, name)
            if plan.record.is_refused:
                return
            said.setdefault("fee_mode", USUAL_MODE.get(said["kind"], "LUMP_SUM"))
        name = said.get("party_a_name", "")
        if (
            "party_a" not in said
            and (contract is None or name != contract["party_a_name"])
            and name
        ):
            fitting = (kind for words, kind in PARTY_A_NAMES if any(w in name for w in words))
            said["party_a"] = next(fitting, "UNIT")
        if said.get("ended_on") and not (
            said.get("end_reason") or (contract or {}).get("end_reason")
        ):
            plan.refuse(_("Give the reason of the end."), "end_reason")

    def _check_alone(self, plan: Plan, running: dict[int, str], context: Context) -> None:
        """At most one main contract runs for a compound, here and within the file."""
        merged = {**(plan.existing or {}), **plan.record.values}
        if not merged.get("filed_on") or merged.get("ended_on") or merged.get("kind") == "SHARED":
            return
        where, number = plan.context, merged["number"]
        told = context.known["contracts_told"]
        other = running.get(where["compound"])
        if other and other != number and "ended_on" not in told.get(other, {}):
            plan.refuse(
                _("For this compound the contract %(number)s runs already: give its end."),
                "compound_name",
                number=other,
            )
            return
        taken = context.known.setdefault("contracts_running", {})
        first = taken.setdefault(plan.key[1], number)
        if first != number:
            plan.refuse(
                _("For this compound the contract %(number)s of this sheet runs already."),
                "compound_name",
                number=first,
            )

    def check(self, plan: Plan, merged: dict, context: Context) -> None:
        days = {name: merged.get(name) for name in ("signed_on", "filed_on", "ended_on")}
        for name, day in days.items():
            if day and day > context.today:
                plan.refuse(_("This date lies in the future."), name)
        if days["filed_on"] and days["signed_on"] and days["filed_on"] < days["signed_on"]:
            plan.refuse(_("It cannot be filed before it was signed."), "filed_on")
        if days["ended_on"] and not days["filed_on"]:
            plan.refuse(
                _("A contract that was never filed cannot end: give the day of filing."), "filed_on"
            )
        if days["ended_on"] and days["signed_on"] and days["ended_on"] < days["signed_on"]:
            plan.refuse(_("It cannot end before it was signed."), "ended_on")
        if merged.get("kind") == "LOT" and not merged.get("lot_name"):
            plan.refuse(_("Say which lot the contract is for."), "lot_name")
        for reason in rules.edit_refusals(_terms(merged)):
            plan.refuse(
                reason.words, reason.field if reason.field in self.by_field else "", **reason.values
            )
        if days["filed_on"] is None:
            plan.warn(_("There is no day of filing: the contract is to be filed yet."), "filed_on")

    # -- writing -------------------------------------------------------------------------------
    def is_taken(self, rows: Sequence[ImportRow], context: Context) -> bool:
        compounds = written_compounds(rows, context)
        if any(compound is None for compound in compounds.values()):
            return True
        known = self._ids(context, {row.context["number"] for row in rows})
        made = context.known.setdefault("contracts_made", set())
        for row in rows:
            pk = known.get(row.context["number"])
            if pk is not None and pk not in made and pk != row.context["contract"]:
                return True
        pairs = {(known.get(row.context["number"]), compounds[row.pk].pk) for row in rows}
        taken = self._covers({pk for pk, _compound in pairs if pk is not None})
        return not pairs.isdisjoint(taken)

    def _ids(self, context: Context, numbers: Iterable[str]) -> dict[str, int]:
        found = {}
        for chunk in in_chunks(sorted(numbers)):
            rows = Contract.objects.filter(district=context.batch.district_id, number__among=chunk)
            found |= dict(rows.values_list("number", "pk"))
        return found

    def build(self, rows: Sequence[ImportRow], context: Context) -> list[ContractCompound]:
        compounds = written_compounds(rows, context)
        known = self._ids(context, {row.context["number"] for row in rows})
        new: dict[str, PastContract] = {}
        for row in rows:
            number = row.context["number"]
            if number in known or number in new:
                continue
            compound = compounds[row.pk]
            facts, items = self._facts(self.values_of(row), context)
            place = (compound.district_id, compound.street_id, compound.community_id)
            new[number] = PastContract(number, place, facts, items)
        made = record_past(by=context.by, rows=list(new.values()), batch=context.batch.batch)
        context.known.setdefault("contracts_made", set()).update(made.values())
        known |= made
        contracts = Contract.objects.in_bulk({known[row.context["number"]] for row in rows})
        covered = [
            (
                contracts[known[row.context["number"]]],
                compounds[row.pk],
                self.values_of(row).get("area_m2") or compounds[row.pk].chargeable_area_m2,
            )
            for row in rows
        ]
        return new_covers(covered)

    def _facts(self, values: dict, context: Context) -> tuple[dict, list[str]]:
        """Values of a row as columns of the contract, and its items."""
        named = self._named(context)
        facts = {name: values[name] for name in OWN if name in values}
        facts["provider_id"] = named["providers"].get(values.get("credit_code"))
        facts["lot_id"] = named["lots"].get(values.get("lot_name"))
        if "renewal" in facts and facts["renewal"] != "OPEN":
            facts["renewal_on"] = facts.get("ended_on") or context.today
        items = (values.get("item_kinds") or "").split()
        return facts, items

    def _named(self, context: Context) -> dict[str, dict]:
        if "contract_named" not in context.known:
            district = context.batch.district_id
            providers = Provider.objects.filter(district_id=district)
            context.known["contract_named"] = {
                "providers": dict(providers.values_list("credit_code", "pk")),
                "lots": dict(Lot.objects.filter(district=district).values_list("name", "pk")),
            }
        return context.known["contract_named"]

    def written(self, rows, objects: Sequence[ContractCompound], context: Context) -> None:
        """Write what changed rows say of their contracts, each contract once."""
        changed: dict[int, dict] = {}
        for row, cover in zip(rows, objects, strict=True):
            values = self.values_of(row)
            if row.object_id is not None and set(values) & set(PARTS):
                changed.setdefault(cover.contract_id, values)
            if "follows_number" in values:
                follows = context.known.setdefault("contracts_follow", {})
                follows[cover.contract_id] = values["follows_number"]
        self._change(changed, context)

    def _change(self, changed: dict[int, dict], context: Context, *, is_undoing=False) -> None:
        done = context.known.setdefault("contracts_changed", set())
        found = for_update(Contract.objects).in_bulk(set(changed) - done)
        done.update(found)
        steps, verbs = [], defaultdict(set)
        for pk, verb in ContractStep.objects.filter(contract__in=found).values_list(
            "contract_id", "verb"
        ):
            verbs[pk].add(verb)
        for pk, contract in found.items():
            values = changed[pk]
            self._apply(contract, values, context)
            contract.state = state_of(contract)
            if contract.state != State.SIGNED and contract.filed_by_id is None:
                contract.filed_by = context.by
            elif contract.state == State.SIGNED:
                contract.filed_by = None
            contract.version += 1
            settle(contract)
            if not is_undoing:
                steps += steps_of(contract, context.by, context.batch.batch, verbs[pk])
        objects = list(found.values())
        columns = (*OWN, "provider", "lot", "follows", "renewal_on", "state", "filed_by", "due_on")
        update_many(Contract, objects, (*columns, "version", "updated_at"))
        history.record_versions(
            Contract, list(found), kind=history.CHANGED, by=context.by, reason=context.batch.batch
        )
        insert_many(ContractStep, steps)
        for contract in objects:
            covers = ContractCompound.objects.filter(contract=contract)
            covers.update(
                is_running=contract.state == State.FILED, is_main=contract.kind != Kind.SHARED
            )
            mine = context.batch.rows.filter(sheet=self.key, object_id__isnull=False)
            covers.exclude(pk__in=mine.values("object_id")).update(version=F("version") + 1)

    def _apply(self, contract: Contract, values: dict, context: Context) -> None:
        named = self._named(context)
        for name in OWN:
            if name in values:
                value = values[name]
                column = Contract._meta.get_field(name)
                setattr(
                    contract, name, ("" if not column.null else None) if value is None else value
                )
        if "renewal" in values:
            contract.renewal = contract.renewal or Contract.Renewal.OPEN
            is_open = contract.renewal == Contract.Renewal.OPEN
            contract.renewal_on = None if is_open else context.today
        if "credit_code" in values:
            contract.provider_id = named["providers"].get(values["credit_code"])
        if "lot_name" in values:
            contract.lot_id = named["lots"].get(values["lot_name"])
        if "follows_number" in values and not values["follows_number"]:
            contract.follows_id = None
        if "item_kinds" in values:
            wanted = set((values["item_kinds"] or "").split())
            held = set(contract.items.values_list("kind", flat=True))
            contract.items.filter(kind__in=held - wanted).delete()
            insert_many(
                ContractItem,
                [ContractItem(contract=contract, kind=kind) for kind in sorted(wanted - held)],
            )

    def touch(self, objects: Sequence[ContractCompound], context: Context) -> None:
        context.known.setdefault("contracts_touched", set()).update(
            obj.contract_id for obj in objects
        )

    def finish(self, context: Context) -> None:
        """Tie contracts to those they follow, take away what undoing has emptied, place the rest."""
        follows = context.known.pop("contracts_follow", {})
        if follows:
            ids = self._ids(context, {number for number in follows.values() if number})
            for pk, number in follows.items():
                Contract.objects.filter(pk=pk).update(follows_id=ids.get(number))
            history.record_versions(
                Contract, list(follows), kind=history.CHANGED, by=context.by,
                reason=context.batch.batch,
            )  # fmt: skip
        touched = context.known.pop("contracts_touched", set())
        if context.known.get("contracts_undone"):
            touched -= self._take_away(touched, context)
        place_contracts(touched, by=context.by, reason=context.batch.batch)

    # -- undoing -------------------------------------------------------------------------------
    def delete_parts(self, ids: Sequence[int], context: Context) -> None:
        context.known["contracts_undone"] = True

    def _take_away(self, ids: Iterable[int], context: Context) -> set[int]:
        """Contracts whose last compound the undoing took: they came with the import."""
        empty = set(Contract.objects.filter(pk__in=ids, covers=None).values_list("pk", flat=True))
        history.record_versions(
            Contract, empty, kind=history.DELETED, by=context.by, reason=context.batch.batch
        )
        ContractItem.objects.filter(contract__in=empty).delete()
        ContractStep.objects.filter(contract__in=empty).delete()
        Contract.objects.filter(follows__in=empty, pk__in=empty).update(follows=None)
        Contract.objects.filter(pk__in=empty).delete()
        return empty

    def restore(self, obj: ContractCompound, row: ImportRow, context: Context) -> None:
        super().restore(obj, row, context)
        values = self.values_of(row, side=0)
        if not set(values) & set(PARTS):
            return
        if values.get("follows_number"):
            follows = context.known.setdefault("contracts_follow", {})
            follows[obj.contract_id] = values["follows_number"]
        ContractStep.objects.filter(contract=obj.contract_id, batch=context.batch.batch).delete()
        self._change({obj.contract_id: values}, context, is_undoing=True)
        obj.refresh_from_db(fields=["is_running", "is_main"])

    def used_by_others(self, ids: Sequence[int], batch) -> dict[int, list[type[models.Model]]]:
        """Covers whose contract would go, though others have added to it since."""
        contracts = dict(
            ContractCompound.objects.filter(pk__in=ids).values_list("pk", "contract_id")
        )
        kept = set(
            ContractCompound.objects.filter(contract__in=contracts.values())
            .exclude(pk__in=ids)
            .values_list("contract_id", flat=True)
        )
        mine = set(
            ContractCompound.objects.filter(
                pk__in=batch.rows.filter(sheet=self.key, state="NEW").values("object_id")
            ).values_list("contract_id", flat=True)
        )
        used: dict[int, list[type[models.Model]]] = {}
        for relation in Contract._meta.get_fields(include_hidden=True):
            if not isinstance(relation, models.ManyToOneRel) or _is_part(relation.related_model):
                continue
            model, name = relation.related_model, relation.field.name
            rows = model._base_manager.filter(**{f"{name}__in": set(contracts.values()) - kept})
            if model is Contract:
                rows = rows.exclude(pk__in=mine)
            found = set(rows.values_list(f"{name}_id", flat=True))
            for cover, contract in contracts.items():
                if contract in found:
                    used.setdefault(cover, []).append(model)
        return used

    # -- showing -------------------------------------------------------------------------------
    def placed_sample(self, row: dict, area: Area) -> dict | None:
        compound = first_compound(area)
        assigned = Assignment.objects.filter(district=area.district_id).order_by("pk").first()
        provider = (
            assigned.provider
            if assigned
            else Provider.objects.filter(district_id=area.district_id).order_by("pk").first()
        )
        if compound is None or provider is None:
            return None
        return row | {
            "小区编码": compound.code,
            "小区名称": compound.name,
            "甲方": f"{compound.name}物管会",
            "乙方": provider.name,
            "统一社会信用代码": provider.credit_code,
            "建筑/收费面积(㎡)": compound.chargeable_area_m2,
        }

    def links(self, rows: Sequence[ImportRow]) -> dict[int, str]:
        found = ContractCompound.objects.filter(pk__in=[row.object_id for row in rows])
        return {
            pk: reverse("contracts:contract_detail", args=[contract])
            for pk, contract in found.values_list("pk", "contract_id")
        }

    def export_columns(self) -> list[spreadsheets.OutColumn]:
        return [column.out() for column in self.columns if column.field not in IMPORT_ONLY]

    def sample_rows(self, area: Area) -> list[list]:
        left_out = [i for i, column in enumerate(self.columns) if column.field in IMPORT_ONLY]
        return [
            [cell for i, cell in enumerate(row) if i not in left_out]
            for row in super().sample_rows(area)
        ]

    def export_rows(self, queryset: QuerySet) -> Iterator[list]:
        """A row for every compound of the contracts of some covers, in the order of the sheet."""
        shown = [col for col in self.columns if col.field and col.field not in IMPORT_ONLY]
        number = 0
        ids = queryset.order_by("contract__number", "compound__code", "pk")
        for chunk in in_chunks(ids.values_list("pk", flat=True)):
            rows = (
                ContractCompound.objects.filter(pk__among=chunk)
                .order_by("contract__number", "compound__code", "pk")
                .values(
                    "area_m2",
                    "contract_id",
                    compound_code=F("compound__code"),
                    compound_name=F("compound__name"),
                    number=F("contract__number"),
                    provider_name=F("contract__provider__name"),
                    credit_code=F("contract__provider__credit_code"),
                    lot_name=F("contract__lot__name"),
                    follows_number=F("contract__follows__number"),
                    **{name: F(f"contract__{name}") for name in OWN},
                )
            )
            rows = list(rows)
            kinds = defaultdict(set)
            items = ContractItem.objects.filter(contract__in={row["contract_id"] for row in rows})
            for contract, kind in items.values_list("contract_id", "kind"):
                kinds[contract].add(kind)
            for row in rows:
                number += 1
                row["item_kinds"] = " ".join(sorted(kinds[row["contract_id"]]))
                row["term"] = f"{row['starts_on']}至{row['ends_on'] or '无固定期限'}"
                yield [number, *(column.shown(row.get(column.field)) for column in shown)]


def _is_part(model: type[models.Model]) -> bool:
    """What belongs to a contract and goes with it."""
    is_history = any(field.name == "history_id" for field in model._meta.concrete_fields)
    return is_history or model in (ContractCompound, ContractItem, ContractStep)


def _terms(merged: dict) -> rules.Terms:
    """What a row says, as far as not even a draft may say it."""
    texts = {name: merged.get(name) or "" for name in ("fee_note", "quality")}
    return rules.Terms(
        kind=merged.get("kind") or "",
        fee_mode=merged.get("fee_mode") or "",
        starts_on=merged.get("starts_on"),
        ends_on=merged.get("ends_on"),
        has_provider=bool(merged.get("credit_code")),
        texts=texts,
    )


CONTRACTS = register(ContractSheet())
