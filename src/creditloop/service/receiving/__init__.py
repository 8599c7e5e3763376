"""What the recipient of an evidence package does (收件方): reads files, compares originals, signs for it.

A stranger's side: no bank, no database, no node, and the bank's code is not loaded. `files` reads packages,
keys and originals with bounds and writes each file once and whole; `receipts` has the packager's signed
delivery and the recipient's signed receipt. Checking the package itself is `evidence.package`'s.
"""

from creditloop.service.receiving.files import (
    all_same,
    check_new,
    compare_with_folder,
    new_file,
    package_file,
    signing_key,
    text_file,
)
from creditloop.service.receiving.receipts import (
    Delivery,
    Receipt,
    SignedDelivery,
    SignedReceipt,
    check_delivery,
    check_receipt,
    sign_delivery,
    sign_receipt,
)

__all__ = [
    "Delivery",
    "Receipt",
    "SignedDelivery",
    "SignedReceipt",
    "all_same",
    "check_delivery",
    "check_new",
    "check_receipt",
    "compare_with_folder",
    "new_file",
    "package_file",
    "sign_delivery",
    "sign_receipt",
    "signing_key",
    "text_file",
]
