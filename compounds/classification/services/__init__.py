"""Verbs of classification."""

from .background import cancel, fail_stale
from .classify import execute_run, policy_in_force, prepare_run, run_classification
from .overrides import (
    approve_override,
    expire_overrides,
    propose_override,
    reject_override,
    withdraw_override,
)
from .policies import (
    clash_of,
    copy_policy,
    create_policy,
    delete_draft,
    is_retroactive,
    publish_policy,
    retire_policy,
    save_draft,
    standings_of,
)
from .starting import start_run, start_trial
from .trials import execute_trial, prepare_trial, try_policy
from .work_lists import compounds_to_ask, facts_to_ask, facts_to_ask_by_community

__all__ = [
    "approve_override",
    "cancel",
    "clash_of",
    "compounds_to_ask",
    "copy_policy",
    "create_policy",
    "delete_draft",
    "execute_run",
    "execute_trial",
    "expire_overrides",
    "facts_to_ask",
    "facts_to_ask_by_community",
    "fail_stale",
    "is_retroactive",
    "policy_in_force",
    "prepare_run",
    "prepare_trial",
    "propose_override",
    "publish_policy",
    "reject_override",
    "retire_policy",
    "run_classification",
    "save_draft",
    "standings_of",
    "start_run",
    "start_trial",
    "try_policy",
    "withdraw_override",
]
