namespace Avion.Peers;

/// <summary>What `compare` was asked for.</summary>
internal sealed record CompareOptions
{
    public List<Workload> Workloads { get; } = [];

    public IReadOnlyList<Side> Sides { get; private set; } = [Side.Find("peer"), Side.Find("avion")];

    public IReadOnlyList<int> Threads { get; private set; } = [1, 2];

    public int Rounds { get; private set; } = 5;

    /// <summary>The file that results are added to.</summary>
    public string? RecordPath { get; private set; }

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="ArgumentException">One of them is wrong.</exception>
    public static CompareOptions Parse(string[] arguments)
    {
        CompareOptions options = new();
        for (int i = 0; i < arguments.Length; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal))
            {
                options.Workloads.Add(WorkloadList.Find(arguments[i]));
                continue;
            }

            string name = arguments[i];
            string value = ++i < arguments.Length ? arguments[i] : throw new ArgumentException($"{name} has no value.");
            switch (name)
            {
                case "--threads":
                    options.Threads = [.. value.Split(',').Select(Number)];
                    break;
                case "--rounds":
                    options.Rounds = Number(value);
                    break;
                case "--sides":
                    options.Sides = [.. value.Split(',').Select(Side.Find)];
                    break;
                case "--record":
                    options.RecordPath = value;
                    break;
                default:
                    throw new ArgumentException($"There is no option {name}. Known: --threads, --rounds, --sides, --record.");
            }
        }

        return options.Workloads.Count > 0 ? options : throw new ArgumentException("Name at least one workload; `list` shows them.");
    }

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
        ? number
        : throw new ArgumentException($"'{text}' is no number of 1 or more.");
}
