namespace Avion.Training;

/// <summary>The matrices and rows of an extraction, read row by row: memory takes a row's name and times, not its numbers.</summary>
internal sealed class ExtractedFeatures : IDisposable
{
    private readonly FileStream[] _matrices;

    /// <summary>Opens the files.</summary>
    /// <param name="state">What they hold.</param>
    /// <param name="pathOf">Where the file of a name lies.</param>
    /// <exception cref="FileFaultException">They are damaged or do not belong together.</exception>
    public ExtractedFeatures(ExtractionState state, Func<string, string> pathOf)
    {
        Rows = [.. ClipLines.Read(pathOf(ClipLines.FileName))];
        if (Rows.Count != state.Rows)
        {
            throw new FileFaultException(pathOf(ClipLines.FileName), $"it has {Rows.Count} lines, expected {state.Rows}");
        }

        Outputs = state.FeatureOutputs();
        _matrices = new FileStream[state.Outputs.Length];
        Weights = state.Weights;
        HasViews = Rows.Exists(row => row.View > 0);
        try
        {
            for (int i = 0; i < _matrices.Length; i++)
            {
                _matrices[i] = NumpyFile.OpenMatrix(pathOf(state.Outputs[i].File), Rows.Count, Outputs[i].Size);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The clip of each row.</summary>
    public List<FeatureRow> Rows { get; }

    /// <summary>What each row holds.</summary>
    public FeatureOutput[] Outputs { get; }

    /// <summary>Which weights made them.</summary>
    public string Weights { get; }

    /// <summary>Whether each view has a row.</summary>
    public bool HasViews { get; }

    /// <summary>Reads the next values of a matrix.</summary>
    public void Read(int output, Span<byte> bytes) => _matrices[output].ReadExactly(bytes);

    /// <summary>Writes them as one file, which appears whole or not at all.</summary>
    public void Write(string path, FeatureForm form)
    {
        if (form == FeatureForm.Parquet)
        {
            ParquetFeatures.Write(path, this);
        }
        else
        {
            FeatureFile.Write(path, Outputs, Rows, new Dictionary<string, string> { ["weights"] = Weights }, Read);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (FileStream? matrix in _matrices)
        {
            matrix?.Dispose();
        }
    }
}
