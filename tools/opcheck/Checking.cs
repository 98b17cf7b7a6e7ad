namespace Avion.OpCheckTool;

/// <summary>Runs checks over cases; one row a case and check, with the worst size's detail.</summary>
internal static class Checking
{
    public static int Run(IReadOnlyList<OpCase> cases, Func<OpCheck, bool> wanted, Report report)
    {
        report.Columns = ["operation", "check", "sizes", "result"];
        int passed = 0, failed = 0;
        foreach (OpCase opCase in cases)
        {
            foreach (OpCheck check in OpCheck.All.Where(check => wanted(check) && check.AppliesTo(opCase)))
            {
                string details = "";
                bool good = true;
                foreach (OpSize size in opCase.Sizes)
                {
                    OpCheckResult result = check.Run(opCase, size);
                    details = result.Detail;
                    if (result.Failure is not null)
                    {
                        report.Add(opCase.Name, check.Name, size.ToString(), $"FAILED: {result.Failure}");
                        good = false;
                    }
                }

                if (good)
                {
                    report.Add(opCase.Name, check.Name, $"{opCase.Sizes.Count}", details);
                }

                (passed, failed) = good ? (passed + 1, failed) : (passed, failed + 1);
            }
        }

        report.Write();
        Console.Error.WriteLine($"{passed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;
    }
}
