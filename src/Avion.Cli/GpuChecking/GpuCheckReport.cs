namespace Avion.Cli;

/// <summary>What a check found, as tables and as JSON.</summary>
/// <param name="gpu">The GPU.</param>
internal sealed class GpuCheckReport(GpuDescription gpu)
{
    private readonly List<GpuFinding> _findings = [];

    /// <summary>What there was no time for.</summary>
    public IReadOnlyList<string> LeftOut { get; set; } = [];

    /// <summary>Duration of the check.</summary>
    public double Seconds { get; set; }

    /// <summary>Findings of failures.</summary>
    public IReadOnlyList<GpuFinding> Failures => [.. _findings.Where(finding => finding.Failure is not null)];

    public void Add(GpuFinding finding) => _findings.Add(finding);

    /// <summary>Writes tables to standard output.</summary>
    public void WriteTables()
    {
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{gpu.Name}, compute capability {gpu.ComputeCapability}, {gpu.MultiprocessorCount} multiprocessors, "
                + $"{gpu.ClockGigahertz:0.00} GHz"));
        Table(GpuCheckPart.Kernels, ["kernel", "registers", "spilled B", "local B", "shared B", "source"], finding =>
        [
            finding.Name, Number(finding, KernelItems.Registers), Number(finding, KernelItems.SpilledBytes),
            Number(finding, KernelItems.LocalBytes), Number(finding, KernelItems.SharedBytes),
            finding.Failure is null ? finding.Detail : "FAILED",
        ]);
        Table(GpuCheckPart.Operations, ["operation", "largest error", "result"], finding =>
            [finding.Name, Number(finding, OperationItems.MaximumError, "0.0e+0"), finding.Failure is null ? finding.Detail : "FAILED"]);
        Table(GpuCheckPart.Ceilings, ["ceiling", "GB/s", "TFLOP/s", "of"], finding =>
        [
            finding.Name, Number(finding, CeilingItems.GigabytesPerSecond, "0.0"), Number(finding, RateItems.TeraflopsPerSecond, "0.0"),
            finding.Failure is null ? finding.Detail : "FAILED",
        ]);
        Table(GpuCheckPart.Rates, ["operation", "ms", "GB/s", "of copy", "TFLOP/s", "of product", "at"], finding =>
        [
            finding.Name, Number(finding, RateItems.Milliseconds, "0.000"), Number(finding, CeilingItems.GigabytesPerSecond, "0.0"),
            Share(ShareOfCopy(finding)), Number(finding, RateItems.TeraflopsPerSecond, "0.00"), Share(ShareOfProduct(finding)),
            finding.Failure is null ? finding.Detail : "FAILED",
        ]);
        Table(GpuCheckPart.Step, ["training step", "clips", "ms", "clips/s", "TFLOP/s", "utilisation", "planned"], finding =>
        [
            finding.Name, Number(finding, StepItems.BatchSize), Number(finding, RateItems.Milliseconds, "0.0"),
            Number(finding, StepItems.ClipsPerSecond, "0.0"), Number(finding, RateItems.TeraflopsPerSecond, "0.0"),
            Share(Utilisation(finding)), finding.Failure is null ? Quantity.Bytes(finding.Figure(StepItems.PlannedBytes)) : "FAILED",
        ]);
    }

    /// <summary>Writes failures and what was left out to standard error, in sentences.</summary>
    public void WriteFailures()
    {
        foreach (GpuFinding failure in Failures)
        {
            Console.Error.WriteLine($"FAILED {failure.Name}: {failure.Failure}");
        }

        if (LeftOut.Count > 0)
        {
            Console.Error.WriteLine($"There was no time for {string.Join(", ", LeftOut)}.");
        }

        int failed = Failures.Count;
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{_findings.Count - failed} right, {failed} failed, {Quantity.Duration(Seconds)}."));
    }

    /// <summary>Writes one JSON object to standard output.</summary>
    public void WriteJson() => JsonOutput.Write(json =>
    {
        json.WriteString("device", gpu.Name);
        json.WriteString("compute_capability", gpu.ComputeCapability);
        json.WriteNumber("multiprocessors", gpu.MultiprocessorCount);
        json.WriteNumber("clock_gigahertz", gpu.ClockGigahertz);
        json.WriteNumber("seconds", Seconds);
        json.WriteNumber("failures", Failures.Count);
        json.WriteStartArray("left_out");
        foreach (string name in LeftOut)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        foreach (GpuCheckPart part in Enum.GetValues<GpuCheckPart>())
        {
            json.WriteStartArray(part.ToString().ToLowerInvariant());
            foreach (GpuFinding finding in _findings.Where(finding => finding.Part == part))
            {
                WriteFinding(json, finding);
            }

            json.WriteEndArray();
        }
    });

    private void WriteFinding(Utf8JsonWriter json, GpuFinding finding)
    {
        json.WriteStartObject();
        json.WriteString("name", finding.Name);
        json.WriteString("detail", finding.Detail);
        if (finding.Failure is not null)
        {
            json.WriteString("failure", finding.Failure);
        }

        foreach ((string figure, double value) in finding.Figures.Where(figure => double.IsFinite(figure.Value)))
        {
            json.WriteNumber(figure, value);
        }

        bool isRate = finding.Part == GpuCheckPart.Rates, isStep = finding.Part == GpuCheckPart.Step;
        WriteShare("share_of_copy", isRate ? ShareOfCopy(finding) : double.NaN);
        WriteShare("share_of_product", isRate ? ShareOfProduct(finding) : double.NaN);
        WriteShare("model_flop_utilisation", isStep ? Utilisation(finding) : double.NaN);
        if (isStep)
        {
            json.WriteString("utilisation_of", double.IsNaN(gpu.PeakTeraflopsPerSecond) ? "measured product" : "multiprocessors at their "
                + "highest clock");
        }

        json.WriteEndObject();

        void WriteShare(string name, double value)
        {
            if (double.IsFinite(value))
            {
                json.WriteNumber(name, value);
            }
        }
    }

    private double ShareOfCopy(GpuFinding finding) =>
        finding.Figure(CeilingItems.GigabytesPerSecond) / Ceiling(CeilingItems.Copy).Figure(CeilingItems.GigabytesPerSecond);

    private double ShareOfProduct(GpuFinding finding) => finding.Figure(RateItems.TeraflopsPerSecond) / ProductRate;

    /// <summary>Operations of the model a second, of what the device does at best.</summary>
    private double Utilisation(GpuFinding finding) => finding.Figure(RateItems.TeraflopsPerSecond)
        / (double.IsNaN(gpu.PeakTeraflopsPerSecond) ? ProductRate : gpu.PeakTeraflopsPerSecond);

    private double ProductRate => Ceiling(CeilingItems.Product).Figure(RateItems.TeraflopsPerSecond);

    private GpuFinding Ceiling(string name) =>
        _findings.FirstOrDefault(finding => finding.Part == GpuCheckPart.Ceilings && finding.Name == name)
            ?? GpuFinding.Bad(GpuCheckPart.Ceilings, name, "not measured");

    private void Table(GpuCheckPart part, string[] headings, Func<GpuFinding, string[]> cells)
    {
        GpuFinding[] findings = [.. _findings.Where(finding => finding.Part == part)];
        if (findings.Length == 0)
        {
            return;
        }

        Console.Out.WriteLine();
        ResultTable table = new(headings);
        foreach (GpuFinding finding in findings)
        {
            table.Add(cells(finding));
        }

        table.Write();
    }

    private static string Number(GpuFinding finding, string figure, string form = "0") =>
        finding.Figure(figure) is var value && double.IsFinite(value) ? value.ToString(form, CultureInfo.InvariantCulture) : "";

    private static string Share(double share) => double.IsFinite(share) ? share.ToString("P0", CultureInfo.InvariantCulture) : "";
}
