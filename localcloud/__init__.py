"""The embedded cloud: AWS's contracts on loopback, for `make demo` and `make test`.

MiniStack serves most of AWS; what it lacks is added here. Nothing in this package knows Terrace.

A tour: `lifecycle` starts `server` as a process of its own, which installs one room after another
and serves. `hooks` is the only room that touches MiniStack's private names. Whose rights count is
in `access` (credentials of roles), `passing` (who may give a role away), `cloudformation_roles`
(whose rights a stack uses) and `targets` (who may call what); `integrations` performs the tasks of
state machines with real calls. `unknown` names what is missing. To add a service, give a package an
`install(config)` that calls `hooks.services.add_service`, and name it in `server.ROOMS`.
"""
