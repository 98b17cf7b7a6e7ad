namespace Avion.CudaSimulator;

/// <summary>An algorithm and what it needs (cublasLtMatmulHeuristicResult_t).</summary>
[StructLayout(LayoutKind.Sequential, Size = 96)]
internal readonly struct MatrixChoice(MatrixAlgorithm algorithm)
{
    /// <summary>The algorithm.</summary>
    public readonly MatrixAlgorithm Algorithm = algorithm;

    /// <summary>Bytes of workspace.</summary>
    public readonly nuint WorkspaceBytes = (nuint)algorithm.WorkspaceBytes;

    /// <summary>0: it can be used.</summary>
    public readonly int Status = 0;

    /// <summary>How often the device is filled.</summary>
    public readonly float Waves = 1;
}

/// <summary>An algorithm, 64 bytes that callers do not look into (cublasLtMatmulAlgo_t).</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal readonly struct MatrixAlgorithm
{
    private const int InvalidValue = 7;
    private const ulong Mark = 0x5175_7261_6C67_6F21;
    private const int LeastTermsToSplit = 64, WorkspaceAlignment = 16;

    private readonly ulong _mark, _product, _alignments, _workspace;

    private MatrixAlgorithm(ulong product, ulong alignments, ulong workspace) =>
        (_mark, _product, _alignments, _workspace) = (Mark, product, alignments, workspace);

    public ulong WorkspaceBytes => _workspace;

    /// <summary>The algorithm for a product: one that splits long sums, where there is workspace for it.</summary>
    public static MatrixAlgorithm For(MatrixProductCall call, MatrixPreference preference)
    {
        long terms = call.Product.IsATransposed ? call.LayoutOfA.Rows : call.LayoutOfA.Columns;
        ulong partial = 2 * (ulong)(call.LayoutOfD.Rows * call.LayoutOfD.Columns * sizeof(float));
        ulong alignments = 0;
        for (int i = 0; i < preference.Alignments.Length; i++)
        {
            alignments |= (ulong)preference.Alignments[i] << (16 * i);
        }

        return new MatrixAlgorithm(Signature(call), alignments, terms >= LeastTermsToSplit && partial <= preference.WorkspaceBytes ? partial : 0);
    }

    /// <summary>Checks that a call is what the algorithm was chosen for; gives it the workspace that it will use.</summary>
    public MatrixProductCall Apply(MatrixProductCall call, nuint workspaceBytes, Func<int, string, Exception> refused)
    {
        if (_mark != Mark || _product != Signature(call))
        {
            throw refused(InvalidValue, "the algorithm was chosen for another product, or not by this library");
        }

        if (workspaceBytes < _workspace || (_workspace > 0 && call.Workspace % WorkspaceAlignment != 0))
        {
            throw refused(InvalidValue, $"the algorithm needs {_workspace} bytes of workspace, {workspaceBytes} at {call.Workspace:x} are given");
        }

        ulong[] addresses = [call.A, call.B, call.Beta == 0 ? 0 : call.C, call.D];
        for (int i = 0; i < addresses.Length; i++)
        {
            ulong promised = (_alignments >> (16 * i)) & 0xFFFF;
            if (addresses[i] % promised != 0)
            {
                throw refused(InvalidValue, $"{"ABCD"[i]} lies at {addresses[i]:x}; the algorithm was chosen for multiples of {promised} bytes");
            }
        }

        return call with { WorkspaceBytes = _workspace };
    }

    private static ulong Signature(MatrixProductCall call)
    {
        // The same in each run, unlike hash codes: of what the algorithm depends on.
        ulong hash = 14695981039346656037;
        foreach (long part in (long[])[call.LayoutOfA.Type, call.LayoutOfA.Rows, call.LayoutOfA.Columns, call.LayoutOfA.LeadingDimension,
            call.LayoutOfB.Rows, call.LayoutOfB.Columns, call.LayoutOfB.LeadingDimension, call.LayoutOfC.LeadingDimension, call.LayoutOfD.Type,
            call.LayoutOfD.LeadingDimension, call.Product.IsATransposed ? 1 : 0, call.Product.IsBTransposed ? 1 : 0, call.Product.Epilogue,
            call.Product.ComputeType])
        {
            hash = (hash ^ (ulong)part) * 1099511628211;
        }

        return hash;
    }
}
