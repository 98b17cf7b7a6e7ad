namespace Avion.Cli;

/// <summary>NVIDIA's driver, cards and libraries; their absence is a fact, not a fault.</summary>
internal static class Gpu
{
    /// <summary>Looks for GPUs on this machine: one finding where there is none.</summary>
    public static IReadOnlyList<Finding> Examine() => CudaDriver.TryLoad(out CudaDriver? driver, out string missing)
        ? Examine(driver!) : [new Finding("gpu", false, false, missing)];

    /// <summary>Names of the cards of this machine, those of one name once, with their number.</summary>
    public static IEnumerable<string> Names() => CudaDriver.TryLoad(out CudaDriver? driver, out _)
        ? Enumerable.Range(0, driver!.DeviceCount).Select(ordinal => driver.Card(ordinal).Name).CountBy(name => name)
            .Select(card => card.Value == 1 ? card.Key : $"{card.Value} × {card.Key}")
        : [];

    /// <summary>Looks at a driver's cards, and at the libraries that computing on them takes.</summary>
    internal static IReadOnlyList<Finding> Examine(CudaDriver driver)
    {
        GpuCard[] cards = [.. Enumerable.Range(0, driver.DeviceCount).Select(driver.Card)];
        string version = "";
        List<Finding> ofCards = [];
        foreach (GpuCard card in cards)
        {
            bool hasSensors = GpuSensors.TryOpen(driver, card.Ordinal, out GpuSensors? sensors, out _);
            version = hasSensors ? $"driver {sensors!.DriverVersion}, " : version;
            string state = hasSensors ? TextOf(sensors!.Read()) : "";
            string use = card.IsUsable ? state : $", too old: Avion needs {GpuCard.OldestCapability} or later";
            ofCards.Add(new Finding($"gpu {card.Ordinal}", card.IsUsable, false,
                $"{card.Name}, compute capability {card.ComputeCapability}, {ByteSize.Text(card.MemoryBytes)}, {card.BusId}{use}"));
        }

        List<Finding> findings =
        [
            new("gpu", true, false, $"{version}CUDA {driver.Version}, {(cards.Length == 1 ? "1 card" : $"{cards.Length} cards")}"),
            .. ofCards,
            ExamineLibrary(driver, CudaLibrary.CublasLtFor(driver.Version)),
        ];
        if (cards.Length > 1)
        {
            findings.Add(ExamineLibrary(driver, CudaLibrary.Nccl));
            findings.Add(ExaminePeers(driver, cards.Length));
        }

        findings.Add(ExamineLibrary(driver, CudaLibrary.Nvml));
        return findings;
    }

    private static Finding ExamineLibrary(CudaDriver driver, CudaLibrary library)
    {
        CudaLibraryState state = CudaLibraryState.Examine(driver, library);
        return new Finding(library.Name.ToLowerInvariant(), state.IsUsable, false, state.Detail);
    }

    /// <summary>Which cards exchange tensors directly: others do by way of the host's memory.</summary>
    private static Finding ExaminePeers(CudaDriver driver, int count)
    {
        List<string> direct = [];
        int pairs = 0;
        for (int first = 0; first < count; first++)
        {
            for (int second = first + 1; second < count; second++)
            {
                pairs++;
                if (driver.CanReach(first, second) && driver.CanReach(second, first))
                {
                    direct.Add($"{first}-{second}");
                }
            }
        }

        string detail = direct.Count == pairs ? "all cards reach each other's memory"
            : direct.Count == 0 ? "no card reaches another's memory: they exchange by way of the host"
            : $"{string.Join(", ", direct)} reach each other's memory; other pairs exchange by way of the host";
        return new Finding("peer access", direct.Count > 0, false, detail);
    }

    private static string TextOf(GpuReading reading)
    {
        List<string> parts = [];
        Add(reading.UtilizationPercent, "{0:0} % busy");
        Add(reading.UsedMemoryBytes is { } bytes ? bytes / (double)(1 << 30) : null, "{0:0.0} GiB used");
        Add(reading.Watts, "{0:0} W");
        Add(reading.DegreesCelsius, "{0:0} °C");
        Add(reading.ClockMegahertz, reading.LargestClockMegahertz is { } largest ? $"{{0:0}} of {largest:0} MHz" : "{0:0} MHz");
        return parts.Count == 0 ? "" : $"; now {string.Join(", ", parts)}";

        void Add(double? value, string format)
        {
            if (value is { } number)
            {
                parts.Add(string.Format(CultureInfo.InvariantCulture, format, number));
            }
        }
    }
}
