using System.Numerics;

namespace Avion.CudaSimulator;

/// <summary>A matrix stored by columns.</summary>
/// <param name="Type">0 for float32, 14 for bfloat16.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="LeadingDimension">Elements from one column to the next.</param>
internal sealed record MatrixLayout(int Type, long Rows, long Columns, long LeadingDimension)
{
    public const int Float32 = 0, BFloat16 = 14;

    public int ElementBytes => Type == Float32 ? sizeof(float) : sizeof(ushort);

    /// <summary>Bytes from the first element to behind the last.</summary>
    public long Bytes => ((LeadingDimension * (Columns - 1)) + Rows) * ElementBytes;

    public override string ToString() => $"{(Type == Float32 ? "float32" : Type == BFloat16 ? "bfloat16" : $"type {Type}")} "
        + $"{Rows} x {Columns}, leading dimension {LeadingDimension}";
}

/// <summary>What a product does beside multiplying.</summary>
internal sealed class MatrixProductDescription(int computeType, int scaleType)
{
    public const int Nothing = 1, Bias = 4;

    public int ComputeType => computeType;

    public int ScaleType => scaleType;

    public bool IsATransposed { get; set; }

    public bool IsBTransposed { get; set; }

    public int Epilogue { get; set; } = Nothing;

    public ulong BiasAddress { get; set; }

    /// <summary>What it is now: a call that is given to a stream does not see what is set afterwards.</summary>
    public MatrixProductDescription Copy() => (MatrixProductDescription)MemberwiseClone();
}

/// <summary>What the choice of an algorithm goes by.</summary>
internal sealed class MatrixPreference
{
    public ulong WorkspaceBytes { get; set; }

    /// <summary>Of A, B, C and D.</summary>
    public uint[] Alignments { get; } = [256, 256, 256, 256];
}

/// <summary>A product with its operands: D = alpha op(A) op(B) + beta C, and a bias for each row.</summary>
internal sealed record MatrixProductCall(MatrixProductDescription Product, MatrixLayout LayoutOfA, MatrixLayout LayoutOfB, MatrixLayout LayoutOfC,
    MatrixLayout LayoutOfD)
{
    private const int InvalidValue = 7, NotSupported = 15, Sum32 = 68, SumTf32 = 77, BiasAlignment = 16;
    private const string Name = "cublasLtMatmul";

    public ulong A { get; init; }

    public ulong B { get; init; }

    public ulong C { get; init; }

    public ulong D { get; init; }

    public float Alpha { get; init; }

    public float Beta { get; init; }

    public ulong Workspace { get; init; }

    public ulong WorkspaceBytes { get; init; }

    private long M => LayoutOfD.Rows;

    private long N => LayoutOfD.Columns;

    private long K => Product.IsATransposed ? LayoutOfA.Rows : LayoutOfA.Columns;

    /// <summary>Refuses what the library has no product for.</summary>
    public void Check(Func<int, string, Exception> refused)
    {
        foreach ((string name, MatrixLayout layout) in ((string, MatrixLayout)[])[("A", LayoutOfA), ("B", LayoutOfB), ("C", LayoutOfC), ("D", LayoutOfD)])
        {
            if (layout.Rows < 1 || layout.Columns < 1 || layout.LeadingDimension < layout.Rows)
            {
                throw refused(InvalidValue, $"{name} is {layout}");
            }
        }

        (long Rows, long Columns) left = Product.IsATransposed ? (LayoutOfA.Columns, LayoutOfA.Rows) : (LayoutOfA.Rows, LayoutOfA.Columns);
        (long Rows, long Columns) right = Product.IsBTransposed ? (LayoutOfB.Columns, LayoutOfB.Rows) : (LayoutOfB.Rows, LayoutOfB.Columns);
        if (left.Columns != right.Rows || left.Rows != M || right.Columns != N || (LayoutOfC.Rows, LayoutOfC.Columns) != (M, N))
        {
            throw refused(InvalidValue, $"the shapes do not fit: {left} times {right} to {LayoutOfD}, added to {LayoutOfC}");
        }

        bool isKnown = (LayoutOfA.Type, LayoutOfB.Type, LayoutOfC.Type, Product.ComputeType) is
            (MatrixLayout.Float32, MatrixLayout.Float32, MatrixLayout.Float32, Sum32 or SumTf32)
            or (MatrixLayout.BFloat16, MatrixLayout.BFloat16, MatrixLayout.BFloat16 or MatrixLayout.Float32, Sum32);
        if (!isKnown || LayoutOfC.Type != LayoutOfD.Type || Product.ScaleType != MatrixLayout.Float32)
        {
            throw refused(NotSupported, $"there is no product of {LayoutOfA} and {LayoutOfB} with {LayoutOfC} to {LayoutOfD}, "
                + $"compute type {Product.ComputeType}, scale type {Product.ScaleType}");
        }

        if (Product.Epilogue is not (MatrixProductDescription.Nothing or MatrixProductDescription.Bias))
        {
            throw refused(NotSupported, $"epilogue {Product.Epilogue} is not simulated");
        }
    }

    /// <summary>Refuses operands that are not there or lie over one another.</summary>
    public void CheckMemory(DeviceMemory memory, Func<int, string, Exception> refused)
    {
        memory.Range(A, LayoutOfA.Bytes, $"{Name}'s A");
        memory.Range(B, LayoutOfB.Bytes, $"{Name}'s B");
        memory.Range(D, LayoutOfD.Bytes, $"{Name}'s D");
        if (Beta != 0)
        {
            memory.Range(C, LayoutOfC.Bytes, $"{Name}'s C");
        }

        if (Product.Epilogue == MatrixProductDescription.Bias)
        {
            memory.Range(Product.BiasAddress, M * LayoutOfD.ElementBytes, $"{Name}'s bias");
            if (Product.BiasAddress % BiasAlignment != 0)
            {
                throw refused(NotSupported, $"the bias lies at {Product.BiasAddress:x}, which is no multiple of {BiasAlignment}");
            }
        }

        if (Overlaps(A, LayoutOfA.Bytes) || Overlaps(B, LayoutOfB.Bytes) || (C != D && Beta != 0 && Overlaps(C, LayoutOfC.Bytes))
            || (C == D && LayoutOfC != LayoutOfD))
        {
            throw refused(InvalidValue, "the result lies over a factor, or over C in another layout");
        }
    }

    /// <summary>Computes D in float32.</summary>
    public void Run(DeviceMemory memory)
    {
        int m = (int)M, n = (int)N, k = (int)K;
        bool rounds = Product.ComputeType == SumTf32;
        float[] left = Rows(memory, A, LayoutOfA, byColumns: Product.IsATransposed, "A", rounds);
        float[] right = Rows(memory, B, LayoutOfB, byColumns: !Product.IsBTransposed, "B", rounds);
        float[] bias = Product.Epilogue == MatrixProductDescription.Bias
            ? Rows(memory, Product.BiasAddress, new MatrixLayout(LayoutOfD.Type, M, 1, M), byColumns: true, "the bias", rounds: false) : new float[m];
        float[] old = Beta != 0 ? Rows(memory, C, LayoutOfC, byColumns: true, "C", rounds: false) : [];
        if (WorkspaceBytes > 0)
        {
            // An algorithm that splits its sums writes here: whatever else is kept there is lost.
            memory.Fill(Workspace, [0xFF], (long)WorkspaceBytes);
        }

        float[] column = new float[m];
        byte[] bytes = new byte[m * LayoutOfD.ElementBytes];
        for (int j = 0; j < n; j++)
        {
            ReadOnlySpan<float> terms = right.AsSpan(j * k, k);
            for (int i = 0; i < m; i++)
            {
                float sum = (Alpha * Dot(left.AsSpan(i * k, k), terms)) + bias[i];
                column[i] = Beta != 0 ? sum + (Beta * old[(j * m) + i]) : sum;
            }

            Write(column, bytes);
            memory.Write(D + (ulong)(j * LayoutOfD.LeadingDimension * LayoutOfD.ElementBytes), bytes);
        }
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Vector<float> sums = Vector<float>.Zero;
        int i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            sums += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        }

        float sum = Vector.Sum(sums);
        for (; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    /// <summary>A matrix' columns one after the other, or its rows.</summary>
    private static float[] Rows(DeviceMemory memory, ulong address, MatrixLayout layout, bool byColumns, string name, bool rounds)
    {
        int rows = (int)layout.Rows, columns = (int)layout.Columns;
        float[] values = new float[rows * columns];
        byte[] bytes = new byte[rows * layout.ElementBytes];
        for (int j = 0; j < columns; j++)
        {
            try
            {
                memory.Read(address + (ulong)(j * layout.LeadingDimension * layout.ElementBytes), bytes);
            }
            catch (SimulationException failure)
            {
                throw new SimulationException(failure.Kind, $"{Name} reads column {j} of {name}: {failure.Message}") { Kernel = Name };
            }

            for (int i = 0; i < rows; i++)
            {
                float value = layout.Type == MatrixLayout.Float32 ? BitConverter.ToSingle(bytes, i * sizeof(float))
                    : BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(bytes, i * sizeof(ushort)) << 16);
                values[byColumns ? (j * rows) + i : (i * columns) + j] = rounds ? RoundToTf32(value) : value;
            }
        }

        return values;
    }

    private void Write(float[] values, byte[] bytes)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (LayoutOfD.Type == MatrixLayout.Float32)
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(i * sizeof(float)), values[i]);
            }
            else
            {
                uint bits = BitConverter.SingleToUInt32Bits(values[i]);
                uint rounded = float.IsNaN(values[i]) ? bits | 0x00400000 : bits + 0x7FFF + ((bits >> 16) & 1);
                BitConverter.TryWriteBytes(bytes.AsSpan(i * sizeof(ushort)), (ushort)(rounded >> 16));
            }
        }
    }

    /// <summary>To the nearest number with 10 bits behind the point.</summary>
    private static float RoundToTf32(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsFinite(value) ? BitConverter.UInt32BitsToSingle((bits + 0x0FFF + ((bits >> 13) & 1)) & ~0x1FFFu) : value;
    }

    private bool Overlaps(ulong address, long bytes) => address < D + (ulong)LayoutOfD.Bytes && D < address + (ulong)bytes;
}
