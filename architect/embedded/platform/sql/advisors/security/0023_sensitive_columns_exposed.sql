with sensitive (name) as (
  select unnest('{
    password,passwd,pwd,passphrase,secret,secret_key,private_key,api_key,apikey,auth_key,token,jwt,access_token,
    refresh_token,oauth_token,session_token,bearer_token,auth_code,session_id,session_key,session_secret,
    recovery_code,backup_code,verification_code,otp,two_factor,2fa_secret,2fa_code,
    ssn,social_security,social_security_number,driver_license,drivers_license,license_number,passport_number,
    passport_id,national_id,tax_id,
    credit_card,card_number,cvv,cvc,cvn,bank_account,account_number,routing_number,iban,swift_code,bic,
    health_record,medical_record,patient_id,insurance_number,health_insurance,medical_insurance,treatment,
    mac_address,macaddr,imei,device_uuid,
    pgp_key,gpg_key,ssh_key,certificate,license_key,activation_key,facial_recognition
  }'::text[])
)
select
  format('Table `%s.%s` is exposed via API without RLS and contains potentially sensitive column(s): %s. This may lead to data exposure.',
         n.nspname, c.relname, string_agg(distinct a.attname::text, ', ' order by a.attname::text)) as detail,
  jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table',
                     'sensitive_columns', array_agg(distinct a.attname order by a.attname),
                     'matched_patterns', array_agg(distinct s.name order by s.name)) as metadata,
  format('sensitive_columns_exposed_%s_%s', n.nspname, c.relname) as cache_key
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join sensitive s on s.name = replace(lower(a.attname), '-', '_')
where c.relkind = 'r' and not c.relrowsecurity
  and (has_table_privilege('anon', c.oid, 'select') or has_table_privilege('authenticated', c.oid, 'select'))
  and n.nspname = any (current_setting('lint.api_schemas')::text[])
group by n.nspname, c.relname
order by cache_key
