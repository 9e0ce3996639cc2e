"""The CDK app: `terrace.yaml` as stacks, or the file that TERRACE_SETTINGS names."""

import os
import sys
from pathlib import Path

from stacks.application import synthesize
from terrace.assembly.regions import refuse_region
from terrace.assembly.sizes import check_function_sizes
from terrace.assembly.templates import Templates
from terrace.assembly.usage import refuse_excess
from terrace.errors import TerraceError
from terrace.isolation.proof import refuse_breaches
from terrace.settings_file import load

ROOT = Path(__file__).parent


def main() -> None:
    """Synthesizes the stacks; a mistake in the settings is a message, not a stack trace."""
    try:
        settings = load(ROOT / os.environ.get("TERRACE_SETTINGS", "terrace.yaml"))
        folder = synthesize(settings, ROOT)
        templates = Templates.of(folder)
        refuse_region(templates, os.environ.get("CDK_DEFAULT_REGION"))
        check_function_sizes(folder)
        refuse_breaches(templates, settings.platform.repository)
        refuse_excess(templates, settings.platform.quotas)
    except TerraceError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
