"""Import the demo's customer service: FAQ, policy, orders and past conversations of the sample shop."""

from __future__ import annotations

import shutil
from pathlib import Path

from baihuo import flow
from baihuo.core import Progress
from baihuo.settings import Shop

UTTERANCES = "utterances.csv"


def import_sample_service(shop: Shop, sample: Path, progress: Progress) -> bool:
    """Import ``service/`` of a sample shop; returns whether there is one.

    An existing policy stays, as its owner may have changed it.
    """
    service = sample / "service"
    if not service.is_dir():
        return False
    progress("customer service", 0, 3)
    if not shop.policy_file.exists():
        shutil.copyfile(service / "policy.yaml", shop.policy_file)
    pages = [service / "faq.en.md", service / "faq.zh.md"]
    flow.import_knowledge(shop, [*pages, service / "conversations.csv"])
    progress("customer service", 1, 3)
    flow.import_orders(shop, [service], replace=True)
    progress("customer service", 2, 3)
    shop.conversation_examples.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(service / UTTERANCES, shop.conversation_examples / UTTERANCES)
    shutil.copyfile(sample / "truth" / "service.jsonl", shop.conversation_truth)
    progress("customer service", 3, 3)
    return True
