using System.Text.Json;

namespace Avion.Peers;

/// <summary>Avion beside libtorch: same mathematics, same weights, same batches, in alternation.</summary>
internal static class Program
{
    private const string Usage = """
        Usage: Avion.Peers list
               Avion.Peers compare WORKLOAD… [--threads 1,2] [--rounds 5] [--sides peer,avion] [--record FILE]
               Avion.Peers table FILE… [--into PAGE]
        Sides: peer (libtorch at its best), autocast (the same, bfloat16 by automatic casts), default (as the packages come),
               avion, library (the matrix library that Avion calls, alone), ceiling (the processor's multiply-adds alone, as many as the work
               takes, float32). See README.md beside this program.
        """;

    public static int Main(string[] arguments)
    {
        try
        {
            return arguments switch
            {
                ["list"] => List(),
                ["compare", .. string[] rest] => Compare(CompareOptions.Parse(rest)),
                ["table", .. string[] files] when files.Length > 0 => Table(files),
                ["check", string sides, string workload, string threads, string exchange] =>
                    Check(sides, WorkloadList.Find(workload), Count(threads), exchange),
                ["side", string side, string command, string workload, string threads, string exchange] =>
                    RunSide(Side.Find(side), command, WorkloadList.Find(workload), Count(threads), exchange),
                _ => ShowUsage(),
            };
        }
        catch (Exception error) when (error is PeerException or ArgumentException or RecipeException or IOException)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }

    private static int ShowUsage()
    {
        Console.Error.WriteLine(Usage);
        return 2;
    }

    private static int List()
    {
        foreach (Workload workload in WorkloadList.All)
        {
            Console.WriteLine($"{workload.Name,-20} {workload.Title}{(workload.IsBFloat16 ? ", bfloat16" : "")}");
        }

        return 0;
    }

    private static int Compare(CompareOptions options)
    {
        foreach (Workload workload in options.Workloads)
        {
            ComparisonResult result = new Comparison(workload, options.Sides, options.Threads, options.Rounds).Run(Console.Error.WriteLine);
            ComparisonText.Write(result, Console.Out);
            if (options.RecordPath is { } path)
            {
                MeasuredResults.Append(path, result);
            }
        }

        return 0;
    }

    private static int Table(string[] arguments)
    {
        (string[] files, string? page) = arguments is [.. string[] before, "--into", string last] ? (before, last) : (arguments, null);
        string table = PeerTable.Write([.. files.SelectMany(MeasuredResults.Read)]);
        if (page is null)
        {
            Console.Write(table);
        }
        else
        {
            File.WriteAllText(page, MarkedPage.Replace(File.ReadAllText(page), table));
        }

        return 0;
    }

    private static int Count(string threads) => int.Parse(threads, CultureInfo.InvariantCulture);

    private static int Check(string sides, Workload workload, int threads, string exchange)
    {
        Agreement agreement = Agreement.Of(workload, [.. sides.Split(',').Select(Side.Find).Cast<PeerSide>()], threads, exchange);
        Console.WriteLine(JsonSerializer.Serialize(agreement));
        return 0;
    }

    private static int RunSide(Side side, string command, Workload workload, int threads, string exchange)
    {
        switch (command)
        {
            case "write":
                AvionWork.Write(workload, threads, exchange);
                Console.WriteLine(JsonSerializer.Serialize(new SideDone(side.Name)));
                return 0;
            default:
                using (IWork work = side.Open(workload, threads, exchange))
                {
                    SideLoop.Run(work);
                }

                return 0;
        }
    }
}
