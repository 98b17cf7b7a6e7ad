namespace Avion.Compute;

public static partial class Linear
{
    private static unsafe void ReferenceBackward(Tensor dy, Tensor x, Tensor weight, bool isInputMajor, Tensor dweight, Tensor dbias,
        bool accumulate, Tensor dx)
    {
        int n = x.Shape.Rows, inputs = x.Shape.Columns, outputs = dy.Shape.Columns;
        (Tensor left, Tensor right) = Factors(dy, x, isInputMajor);
        MatrixMultiply.ReferenceRun((double*)left.Data, true, (double*)right.Data, false, null, left.Shape.Columns, right.Shape.Columns, n,
            true, (double*)dweight.Data);
        MatrixMultiply.ReferenceRun((double*)dy.Data, false, (double*)weight.Data, isInputMajor, null, n, inputs, outputs, accumulate,
            (double*)dx.Data);
        if (!dbias.IsAbsent)
        {
            ColumnSum.ReferenceAccumulate((double*)dy.Data, n, outputs, (double*)dbias.Data);
        }
    }
}
