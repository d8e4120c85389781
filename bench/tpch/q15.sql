-- Q15: top supplier (the view as a common table expression; totals rounded, since sums of REAL may differ in a last bit)
WITH revenue(supplier_no, total_revenue) AS (
  SELECT l_suppkey, round(sum(l_extendedprice * (1 - l_discount)), 4)
  FROM lineitem
  WHERE l_shipdate >= '1996-01-01' AND l_shipdate < date('1996-01-01', '+3 months')
  GROUP BY l_suppkey
)
SELECT s_suppkey, s_name, s_address, s_phone, total_revenue
FROM supplier, revenue
WHERE s_suppkey = supplier_no AND total_revenue = (SELECT max(total_revenue) FROM revenue)
ORDER BY s_suppkey;
