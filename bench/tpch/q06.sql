-- Q6: forecasting revenue change (bounds of the discount as literals: 0.06 - 0.01 is not 0.05 in binary)
SELECT sum(l_extendedprice * l_discount) AS revenue
FROM lineitem
WHERE l_shipdate >= '1994-01-01' AND l_shipdate < date('1994-01-01', '+1 year')
  AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24;
