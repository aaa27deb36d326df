-- The closed set of analytics queries (DuckDB dialect) and the look at the Iceberg catalog (SQLite).
-- name: catalog_pointer
select metadata_location
from iceberg_tables
where catalog_name = ? and table_namespace = ? and table_name = ?

-- name: busiest_routes
select
    origin,
    dest,
    count(*) as flights,
    round(avg(distance), 1) as miles,
    round(avg(dep_delay), 2) as mean_departure_delay
from read_parquet($files)
where $month is null or month = $month
group by origin, dest
order by flights desc, origin, dest
limit $limit

-- name: delays_by_carrier
select
    carrier,
    count(*) as flights,
    count(*) filter (where dep_time is null) as cancelled,
    round(avg(dep_delay), 2) as mean_departure_delay,
    round(avg(arr_delay), 2) as mean_arrival_delay,
    round(100.0 * count(*) filter (where arr_delay > 15) / nullif(count(arr_delay), 0), 1) as late_percent
from read_parquet($files)
where $month is null or month = $month
group by carrier
order by flights desc, carrier

-- name: flights_per_day
select
    make_date(year, month, day) as date,
    count(*) as flights,
    count(*) filter (where dep_time is null) as cancelled
from read_parquet($files)
where $month is null or month = $month
group by date
order by date
