select
  format('Extension `%s` is using version `%s` but version `%s` is available. Using outdated extension versions may expose the database to security vulnerabilities.',
         e.name, e.installed_version, e.default_version) as detail,
  jsonb_build_object('extension_name', e.name, 'installed_version', e.installed_version,
                     'default_version', e.default_version) as metadata,
  format('extension_versions_outdated_%s_%s', e.name, e.installed_version) as cache_key
from pg_available_extensions e
join pg_available_extension_versions v on v.name = e.name and v.installed
where e.installed_version <> e.default_version
order by cache_key
