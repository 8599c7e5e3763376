"""A whole record of a risk report, made up, with every part in it."""

from datetime import date

NANO = 10**9
NOTE = {"zh": "仅限存量已准入客户、同期留出样本", "en": "in-time holdout of accepted customers only"}


def line(baseline: str, at: str, approved: int, bads: int, change: int) -> dict[str, object]:
    """One line of a comparison: the baseline approves 8,000 of 12,000 with 1,000 bads."""
    return {
        "baseline": baseline,
        "baseline_hash": "b" * 64,
        "outcome": "october",
        "approvals_at": at,
        "score_cutoff": None if at == "own" else 571,
        "rows": 12_000,
        "bads": 1_650,
        "baseline_approved": 8_000,
        "baseline_bads": 1_000,
        "strategy_approved": approved,
        "strategy_bads": bads,
        "swap_in": 1_200,
        "swap_in_bads": 140,
        "swap_out": 700,
        "swap_out_bads": 120,
        "approval_change_nano": 41_000_000,
        "approval_change_low_nano": 35_000_000,
        "approval_change_high_nano": 47_000_000,
        "bad_rate_change_nano": change,
        "bad_rate_change_low_nano": change - 6_000_000,
        "bad_rate_change_high_nano": change + 6_000_000,
        "swap_change_nano": -54_000_000,
        "swap_change_low_nano": -80_000_000,
        "swap_change_high_nano": -20_000_000,
        "baseline_bad_rate_nano": 125_000_000,
        "strategy_bad_rate_nano": bads * NANO // approved,
        "swap_in_bad_rate_nano": 117_000_000,
        "swap_out_bad_rate_nano": 171_000_000,
        "note": "in-time holdout of accepted customers only",
    }


def lines() -> list[dict[str, object]]:
    names = ("近三月无两期及以上逾期", "额度十四万以上且无两期逾期", "使用率不超过八成")
    return [
        line(name, at, 8_500 if at == "own" else 7_990, 1_010, change)
        for k, name in enumerate(names)
        for at, change in (("own", -6_000_000 + 3_000_000 * k), ("equal", -9_000_000 + 2_000_000 * k))
    ]


def _portfolio() -> dict[str, object]:
    months = [date(2005, m, d).isoformat() for m, d in ((4, 30), (5, 31), (6, 30), (7, 31), (8, 31), (9, 30))]
    tiers = (("normal", "正常"), ("special_mention", "关注"), ("substandard", "次级"), ("loss", "损失"))
    return {
        "months": [
            {
                "business_date": month,
                "customers": 30_000,
                "owing": 25_000 + k,
                "above_limit": 2_100 + k,
                "owed_fen": 120_000_000_000 + k * 7_000_000_000,
                "utilisation_nano": 241_000_000,
                "regulatory_npl_nano": 11_000_000 + k * 1_000_000,
                "bank_npl_nano": 31_000_000,
            }
            for k, month in enumerate(months)
        ],
        "classes": [
            {
                "name": name,
                "zh": zh,
                "regulatory_customers": 9_000 // (k + 1),
                "regulatory_owed_fen": 90_000_000_000 // (k + 1),
                "bank_customers": 8_000 // (k + 1),
                "bank_owed_fen": 80_000_000_000 // (k + 1),
            }
            for k, (name, zh) in enumerate(tiers)
        ],
    }


def _decisions() -> dict[str, object]:
    outcomes = (
        ("keep", "维持"),
        ("raise", "提额"),
        ("refer", "转人工"),
        ("freeze", "冻结"),
        ("collections", "转催收"),
    )
    return {
        "business_date": "2005-06-30",
        "customers": 30_000,
        "fitted_on": 12_050,
        "decided": 17_950,
        "outcomes": [
            {
                "outcome": outcome,
                "zh": zh,
                "decisions": 6_000 - 900 * k,
                "share_nano": 300_000_000 - 40_000_000 * k,
                "limit_fen": 80_000_000_000,
                "limit_proposed_fen": None if outcome == "refer" else 82_000_000_000,
            }
            for k, (outcome, zh) in enumerate(outcomes)
        ],
        "grades": [{"grade": grade, "decisions": [500, 400, 30, 20, 0]} for grade in "ABCDE"],
    }


def _fairness() -> dict[str, object]:
    groups = (
        ("性别", "男", "male"),
        ("性别", "女", "female"),
        ("婚姻", "已婚", "married"),
        ("年龄", "60岁及以上", "60 and over"),
    )
    cell = {
        "cases": 4_800,
        "approval_rate": 641_000_000,
        "approval_ratio": 930_000_000,
        "level": "green",
        "bad_rate_approved": 121_000_000,
        "score_mean": 571 * NANO,
        "auc_within": 668_000_000,
    }
    return {
        "counted_min": 100,
        "cards": [
            {
                "zh": zh,
                "en": en,
                "features": 12 - 5 * k,
                "approved": 8_000,
                "bad_rate_nano": 115_000_000,
                "auc": 671_000_000,
                "ks": 251_000_000,
                "lowest_ratio_nano": 870_000_000,
            }
            for k, (zh, en) in enumerate((("含额度", "with the limit"), ("不含额度", "without the limit")))
        ],
        "groups": [
            {"attribute_zh": attribute, "zh": zh, "en": en, "cells": [cell, {**cell, "level": "yellow"}]}
            for attribute, zh, en in groups
        ],
    }


def _model() -> dict[str, object]:
    return {
        "entry": {
            "card_hash": "c" * 64,
            "name": "behaviour_card",
            "purpose": "存量客户额度重检的行为评分",
            "materiality": "high",
            "owner": "head_of_cards",
            "developer": "modeller_1",
            "validator": "validator_1",
            "state": "published",
            "fitted_on": "2005-06-30",
            "next_review_due": "2005-09-30",
        },
        "outcomes": [
            {
                "zh": zh,
                "en": en,
                "rows": 12_000,
                "bad_rate": 137_000_000,
                "auc": 680_000_000,
                "auc_level": "yellow",
                "ks": 271_000_000,
                "ks_level": "yellow",
                "brier": 112_000_000,
            }
            for zh, en in (
                ("十月标签（按发布值）", "October's label (as published)"),
                ("两期及以上或十月标签", "2 months or the label"),
            )
        ],
        "calibration": [
            {
                "band": f"{k:02}",
                "rows": 1_200,
                "pd_mean": 50_000_000 * k,
                "bad_rate": 50_000_000 * k + 9_000_000,
                "calibration_gap": -9_000_000,
                "level": "green" if k < 7 else "yellow",
            }
            for k in range(1, 9)
        ],
        "psi": {
            "months": ["06", "07", "08", "09"],
            "rows": [
                {
                    "name": name,
                    "zh": zh,
                    "cells": [None if k == 2 else {"value_nano": 71_000_000 * k, "level": level}]
                    + [{"value_nano": 71_000_000 * k, "level": level}] * 3,
                }
                for k, (name, zh, level) in enumerate(
                    (
                        ("score", "评分", "green"),
                        ("utilisation_now", "本月使用率", "yellow"),
                        ("bill_trend", "账单趋势", "red"),
                    )
                )
            ],
        },
    }


def _warnings() -> dict[str, object]:
    points = [
        {
            "alerts_nano": k * 100_000_000,
            "recall_nano": min(NANO, k * 180_000_000),
            "precision_nano": 700_000_000 - k * 50_000_000,
        }
        for k in range(1, 11)
    ]
    rules = [
        {
            "zh": "现逾期一期及以上",
            "alerts_nano": 227_000_000,
            "recall_nano": 517_000_000,
            "precision_nano": 503_000_000,
        },
        {
            "zh": "现逾期两期及以上",
            "alerts_nano": 104_000_000,
            "recall_nano": 330_000_000,
            "precision_nano": 690_000_000,
        },
    ]
    return {
        "note": NOTE,
        "counts": [
            {
                "business_date": "2005-09-30",
                "evaluated": 30_000,
                "alerts": 900,
                "watches": 2_100,
                "notices": 3_000,
                "referred": 0,
            }
        ],
        "curves": [
            {
                "zh": "全部客户",
                "en": "everybody",
                "customers": 30_000,
                "bad": 6_636,
                "points": points,
                "rules": rules,
            },
            {
                "zh": "当前未逾期",
                "en": "not late now",
                "customers": 23_182,
                "bad": 3_200,
                "points": points,
                "rules": [],
            },
        ],
    }


def _rolls() -> list[dict[str, object]]:
    states = [("未逾期", "not late"), ("1–2 期", "1–2"), ("3 期以上", "3 up")]
    return [
        {
            "before": "2005-08-31",
            "after": "2005-09-30",
            "states": [{"zh": zh, "en": en} for zh, en in states],
            "rows": [
                {
                    "zh": zh,
                    "customers": 1_000,
                    "shares": [700_000_000 if i == k else 150_000_000 for i in range(3)],
                }
                for k, (zh, _) in enumerate(states)
            ],
        }
    ] * 2


def whole_record() -> dict[str, object]:
    """Every part of a report."""
    return {
        "title": {"zh": "信用卡风险报告", "en": "Risk report of the card book"},
        "product": "credit_card",
        "currency": "TWD",
        "business_date": "2005-10-31",
        "rules_as_of": "2024-06-30",
        "note": NOTE,
        "portfolio": _portfolio(),
        "decisions": _decisions(),
        "comparison": {
            "population": "决策半数、纳入重检 decided half, reviewed",
            "rows": 12_000,
            "draws": 1_000,
            "seed": 20_050_630,
            "outcomes": [
                {"zh": "十月标签（按发布值）", "en": "October's label (as published)", "lines": lines()},
                {
                    "zh": "七月底至九月两期及以上，或十月标签",
                    "en": "2 months late July to September, or the label",
                    "lines": lines(),
                },
            ],
        },
        "fairness": _fairness(),
        "model": _model(),
        "alarms": [
            {
                "level": level,
                "business_date": "2005-09-30",
                "field": "psi_feature",
                "key": "bill_trend",
                "value_nano": 142_000_000,
                "zh": "PSI 达到黄色阈值",
                "en": "PSI at the yellow threshold",
            }
            for level in ("red", "yellow")
        ],
        "warnings": _warnings(),
        "rolls": _rolls(),
        "recoveries": {
            "lines": [
                {
                    "business_date": "2005-09-30",
                    "route": route,
                    "zh": zh,
                    "cases": 900,
                    "amount_fen": 7_000_000_000,
                    "value_at_risk_fen": 3_000_000_000,
                }
                for route, zh in (
                    ("message", "短信"),
                    ("call", "电话"),
                    ("agency", "委外"),
                    ("litigation", "诉讼"),
                )
            ],
            "contacts": [
                {"kind": "message", "count": 12, "simulated": 12},
                {"kind": "complaint", "count": 1, "simulated": 0},
            ],
        },
        "overrides": {
            "open": 120,
            "half_signed": 3,
            "closed": 40,
            "overdue": 5,
            "overridden": 6,
            "simulated": 40,
            "override_rate_nano": 150_000_000,
        },
        "proposals": [
            {
                "proposal": "5f0c1d2e-0000-8000-8000-000000000000",
                "state": "waiting",
                "policy": "limit_review",
                "champion": "d" * 64,
                "challenger": "e" * 64,
                "effective_from": "2024-07-01",
                "proposer": "strategist_1",
                "approval": None,
                "moved": [{"parameter": "score_min", "from": "0.2", "to": "0.22"}],
                "rule_zh": "在选取样本上，通过客户的坏率不高于冠军的前提下，通过最多者",
                "chosen_by": "most approvals at a bad rate not above the champion's",
                "simulated": True,
                "lines": lines()[:1],
            }
        ],
        "evidence": {"root": "9f" * 32, "size": 412, "origin": "creditloop/demo"},
    }


def bare_record() -> dict[str, object]:
    """A report of a plan without a book: whatever was not run is none."""
    empty = ("portfolio", "decisions", "fairness", "model", "warnings", "rolls", "recoveries", "overrides")
    return {**whole_record(), **dict.fromkeys(empty), "proposals": [], "alarms": []}
